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

"""Whether the encryption keys of backups are in this cloud.

Cinder's import copies ``encryption_key_id`` without checking it, and a missing
key is noticed only when somebody needs the data.
"""

from collections.abc import Collection
from concurrent import futures
import typing

from castellan.common import exception as castellan_exception
from castellan import key_manager
from oslo_config import cfg
from oslo_log import log as logging

from cinder_backup_meta import conf
from cinder_backup_meta import exception
from cinder_backup_meta import reasons

CONF = cfg.CONF
conf.register_opts(CONF)
LOG = logging.getLogger(__name__)

# How many times in a row the key manager may fail before it is not asked any
# more: each failure may take long, and somebody waits for the answer.
_PATIENCE = 10


def find_faults(
    context: typing.Any, key_ids: Collection[str]
) -> dict[str, exception.Refused]:
    """Look up many keys in parallel.

    The key manager is the one that Cinder itself is configured with, asked
    with the rights of the caller.

    :returns: the refusal by key, with KEY_MISSING or KEY_MANAGER_FAILED; a
        key that is there is absent
    """
    if not key_ids:
        return {}
    look = _Look(context)
    first, *others = key_ids
    found = [look.find_fault(first)]
    if others:
        threads = CONF.backup_meta.lookup_threads
        with futures.ThreadPoolExecutor(threads) as pool:
            found += pool.map(look.find_fault, others)
    return {
        key_id: fault
        for key_id, fault in zip(key_ids, found, strict=True)
        if fault
    }


class _Look:
    """Asks for keys until it is clear that the key manager does not answer."""

    def __init__(self, context: typing.Any) -> None:
        self._context = context
        self._manager: typing.Any = None
        # In a row; a single failure may be a key that the caller may not read.
        self._failures = 0

    def find_fault(self, key_id: str) -> exception.Refused | None:
        if self._failures >= _PATIENCE:
            return _unknown(key_id, 'it did not answer for other keys either')
        try:
            self._get(key_id)
        except (castellan_exception.ManagedObjectNotFoundError, KeyError):
            # Cinder's own manager of one key for tests raises KeyError.
            self._failures = 0
            return exception.Refused(
                reasons.Reason.KEY_MISSING,
                f"the backup's encryption key {key_id} is not in this cloud's "
                'key manager, and without it nobody can read the data; '
                'restore the key first, or allow missing keys '
                '(allow_missing_key)',
            )
        except Exception as error:
            self._failures += 1
            LOG.exception(
                'The key manager gives no answer about key %s.', key_id
            )
            return _unknown(key_id, type(error).__name__)
        self._failures = 0
        return None

    def _get(self, key_id: str) -> None:
        # One for all, for it keeps its connection, and its token in Keystone.
        if self._manager is None:
            self._manager = key_manager.API(CONF)
        self._manager.get(self._context, key_id)


def _unknown(key_id: str, why: str) -> exception.Refused:
    return exception.Refused(
        reasons.Reason.KEY_MANAGER_FAILED,
        f"the key manager did not answer whether it has the backup's "
        f'encryption key {key_id}: {why}; the log of cinder-backup says more',
    )
