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

"""Asking the cinder-backup hosts in turn until one can answer."""

from collections.abc import Callable
from collections.abc import Iterable
import random
import typing

from oslo_log import log as logging
import oslo_messaging as messaging

from cinder_backup_meta import exception
from cinder_backup_meta import reasons

LOG = logging.getLogger(__name__)

# The host can't, but another one may be able to.
_NEXT_HOST = frozenset(
    str(code)
    for code in (reasons.Reason.SERVICE_MISMATCH, reasons.Reason.HOST_FAILED)
)


class NoHost(exception.BackupMetaException):
    """None of the hosts can do it; the text says why, host by host."""

    message = 'No cinder-backup host can do this. %(hosts)s'


def in_turn(hosts: Iterable[str], first: str | None = None) -> list[str]:
    """Return the hosts in the order in which to ask them.

    Cinder begins with the same host each time; here chance decides, so that
    many requests spread over all hosts.

    :param first: a host to begin with if it is among them
    """
    order = list(hosts)
    random.shuffle(order)
    return sorted(order, key=lambda host: host != first)


def ask(
    hosts: list[str], call: Callable[[str], typing.Any]
) -> tuple[str, typing.Any]:
    """Call one host after the other and return the first with an answer.

    A refusal is an answer too, but for those that another host may not share.

    :param call: calls the host of the given name; what it returns has a
        ``reason``, null unless the host refuses, and a ``detail``
    :returns: the host's name and its answer
    :raises NoHost: if no host has an answer
    """
    failures = []
    for host in hosts:
        try:
            outcome = call(host)
        except messaging.MessagingTimeout:
            failure = 'did not answer in time and may still carry it out'
        except messaging.UnsupportedVersion:
            failure = 'does not have the plugin, or an older version of it'
        else:
            if outcome.reason not in _NEXT_HOST:
                return host, outcome
            failure = f'{outcome.detail} [{outcome.reason}]'
        LOG.warning('cinder-backup on host %s: %s', host, failure)
        failures.append(f'{host}: {failure}.')
    raise NoHost(hosts=' '.join(failures) or _NO_HOST_AT_ALL)


_NO_HOST_AT_ALL = (
    'No cinder-backup service is enabled and up; see "cinder service-list".'
)
