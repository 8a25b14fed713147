# Copyright 2026 cinder-backup-meta contributors
#
# Licensed under the Apache License, Version 2.0 (the "License"); you may
# not use this file except in compliance with the License. You may obtain
# a copy of the License at
#
#      http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
# WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
# License for the specific language governing permissions and limitations
# under the License.

"""Asking the hosts themselves, through the message queue."""

import threading
import time

from cinder import context
from cinder import rpc
from oslo_config import cfg
import oslo_messaging as messaging

from cinder_backup_meta.cmd.status import result
from cinder_backup_meta.db.cinder import models
from cinder_backup_meta import rpcapi

CONF = cfg.CONF

#: Seconds that the hosts have, all at the same time, for their answers.
TIMEOUT = 10

_LACKS = 'does not have the plugin, or an older version of it'
_SILENT = 'does not answer, or the message queue does not'


def check(hosts: list[str]) -> result.Result:
    """Ask each of the hosts and tell which are without the plugin."""
    if not hosts:
        return result.warning('No cinder-backup is enabled and up.')
    wrong = {
        host: answer for host, answer in _ask_all(hosts).items() if answer
    }
    if not wrong:
        return result.success()
    told = '; '.join(f'{host} {answer}' for host, answer in wrong.items())
    if _LACKS not in wrong.values():
        return result.warning(
            f'cinder-backup on {told}: look into its log, and at '
            'transport_url in [DEFAULT].'
        )
    return result.failure(
        f'cinder-backup on {told}. What is asked of it is passed on to other '
        'hosts, as far as there are any: install the plugin there, set its '
        'options and restart cinder-backup.'
    )


def _ask_all(hosts: list[str]) -> dict[str, str | None]:
    """Return what is wrong with each host, None if nothing is."""
    rpc.init(CONF)
    answers: dict[str, str | None] = dict.fromkeys(hosts, _SILENT)
    # Threads that the end of the process does not wait for: where there is
    # no message queue the client tries for ever to reach it.
    threads = [
        threading.Thread(target=_note, args=(answers, host), daemon=True)
        for host in hosts
    ]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + TIMEOUT
    for thread in threads:
        thread.join(max(0, deadline - time.monotonic()))
    return dict(answers)


def _note(answers: dict[str, str | None], host: str) -> None:
    try:
        _ask(host)
    except messaging.UnsupportedVersion:
        answers[host] = _LACKS
    except messaging.MessagingTimeout:
        pass
    except Exception as error:
        # Each driver of a message queue has errors of its own.
        answers[host] = f'can not be asked ({type(error).__name__})'
    else:
        answers[host] = None


def _ask(host: str) -> None:
    client = rpcapi.BackupMetaAPI().client.prepare(
        server=host,
        version=rpcapi.BackupMetaAPI.RPC_API_VERSION,
        timeout=TIMEOUT,
    )
    with rpcapi.unsupported_version_raised():
        client.call(
            context.get_admin_context(),
            'is_retained',
            backup_id=models.ZERO_UUID,
        )
