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

"""The key of an encrypted volume's backup: is it in this cloud?

Cinder's import copies ``encryption_key_id`` without a look, and a missing key
shows only when somebody needs the data.
"""

from collections.abc import Callable
from collections.abc import Collection
from concurrent import futures
import functools
import typing

from castellan.common import exception as castellan_exception
from castellan import key_manager
from oslo_config import cfg
from oslo_log import log as logging

from cinder_backup_meta import conf
from cinder_backup_meta import exception
from cinder_backup_meta import reason

CONF = cfg.CONF
conf.register_opts(CONF)
LOG = logging.getLogger(__name__)


def check_key(context: typing.Any, key_id: str) -> None:
    """Refuse a key that the configured key manager does not have.

    The key manager is the one that Cinder itself is configured with, asked
    with the rights of the caller.

    :raises Refused: with KEY_MISSING, or KEY_MANAGER_FAILED where the key
        manager gives no answer
    """
    fault = find_faults(context, [key_id]).get(key_id)
    if fault:
        raise fault


def find_faults(
    context: typing.Any, key_ids: Collection[str]
) -> dict[str, exception.Refused]:
    """Look for many keys, side by side.

    :returns: by key what :func:`check_key` raises; what is there is absent
    """
    if not key_ids:
        return {}
    # One for all, for it keeps its connection, and its token in Keystone.
    get_manager = functools.cache(lambda: key_manager.API(CONF))

    def find(key_id: str) -> exception.Refused | None:
        return _find_fault(context, key_id, get_manager)

    first, *others = key_ids
    found = [find(first)]
    if others:
        threads = CONF.backup_meta.lookup_threads
        with futures.ThreadPoolExecutor(threads) as pool:
            found += pool.map(find, others)
    return {
        key_id: fault
        for key_id, fault in zip(key_ids, found, strict=True)
        if fault
    }


def _find_fault(
    context: typing.Any, key_id: str, get_manager: Callable[[], typing.Any]
) -> exception.Refused | None:
    try:
        get_manager().get(context, key_id)
    except (castellan_exception.ManagedObjectNotFoundError, KeyError):
        # Cinder's own manager of one key for tests raises KeyError.
        return exception.Refused(
            reason.Reason.KEY_MISSING,
            f"the backup's encryption key {key_id} is not in this cloud's "
            'key manager, and without it nobody can read the data; restore '
            'the key first, or ask for the import without it',
        )
    except Exception as error:
        LOG.exception('The key manager does not tell of key %s.', key_id)
        return exception.Refused(
            reason.Reason.KEY_MANAGER_FAILED,
            f'the key manager does not tell whether it has the '
            f"backup's encryption key {key_id}: {type(error).__name__}; the "
            'log of cinder-backup says more',
        )
    return None
