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

"""Whether the encryption keys of backups are in this cloud, and theirs.

Cinder's import copies ``encryption_key_id`` without checking it. A missing key
is noticed only when somebody needs the data, and a key that belongs to
something else is deleted together with the backup.
"""

from collections.abc import Collection
from collections.abc import Iterable
import typing

from castellan.common import exception as castellan_exception
from castellan import key_manager
from oslo_config import cfg

from cinder_backup_meta import conf
from cinder_backup_meta.db.cinder import keys
from cinder_backup_meta import deadlines
from cinder_backup_meta import exception
from cinder_backup_meta.importer import entries
from cinder_backup_meta import log as logging
from cinder_backup_meta import reasons
from cinder_backup_meta.record import codec
from cinder_backup_meta.repositories import chunked
from cinder_backup_meta.repositories import naming
from cinder_backup_meta.retention import lost

CONF = cfg.CONF
conf.register_opts(CONF)
LOG = logging.getLogger(__name__)

# How many times in a row the key manager may fail before it is not asked any
# more: each failure may take long, and somebody waits for the answer.
_PATIENCE = 10

# Far fewer than there are threads that answer requests, see
# cinder_backup_meta.repositories.lookup.
_slots = deadlines.Slots(
    lambda: max(1, getattr(CONF, 'executor_thread_pool_size', 64) // 8)
)


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
    try:
        found = _slots.run(
            lambda: _find_all(_Look(context), key_ids),
            CONF.backup_meta.lookup_timeout,
        )
    except (deadlines.Expired, deadlines.Busy):
        LOG.warning('The key manager does not answer in time.')
        return {
            key_id: _unknown(key_id, 'no answer in time') for key_id in key_ids
        }
    return {
        key_id: fault
        for key_id, fault in zip(key_ids, found, strict=True)
        if fault
    }


def _find_all(
    look: '_Look', key_ids: Collection[str]
) -> list[exception.Refused | None]:
    first, *others = key_ids
    return [
        look.find_fault(first),
        *deadlines.side_by_side(
            look.find_fault, others, CONF.backup_meta.lookup_threads
        ),
    ]


class _Look:
    """Asks for keys until it is clear that the key manager does not answer."""

    def __init__(self, context: typing.Any) -> None:
        self._context = context
        self._manager: typing.Any = None
        # In a row; a single failure may be a key that the caller may not read.
        self._failures = 0

    def find_fault(self, key_id: str) -> exception.Refused | None:
        deadlines.progress()
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


class Holders:
    """What else names the keys of a page.

    A key belongs to one volume with its snapshots, or to one backup: Cinder
    makes a key for each backup. Only copies, which have the same data, share
    one.
    """

    def __init__(self, holders: Iterable[keys.Holder]) -> None:
        self._by_key: dict[str, list[keys.Holder]] = {}
        for holder in holders:
            self._by_key.setdefault(holder.key, []).append(holder)

    @classmethod
    def in_cinder(
        cls, context: typing.Any, page: Iterable[entries.Entry]
    ) -> 'Holders':
        """Return those with a row, in the transaction of the caller."""
        return cls(keys.holders(context, _owned(page)))

    @classmethod
    def lost(
        cls, context: typing.Any, page: Iterable[entries.Entry]
    ) -> 'Holders':
        """Return the lost backups, as the catalog knows them.

        :raises Refused: if the plugin's own database cannot be asked
        """
        return cls(
            _of_lost(entry)
            for entry in lost.naming_keys(context, _owned(page))
        )

    def check(self, entry: entries.Entry) -> None:
        """Raise Refused if the key of an entry is that of something else.

        :raises Refused: with KEY_IN_USE
        """
        values = entry.values
        for key in keys.owned([values['encryption_key_id']]):
            own = keys.Holder(
                'backup',
                values['id'],
                key,
                values['container'],
                values['service_metadata'],
            )
            for holder in self._by_key.get(key, ()):
                if not _is_same(own, holder):
                    raise _in_use(entry, holder)


def _owned(page: Iterable[entries.Entry]) -> set[str]:
    return keys.owned([entry.values['encryption_key_id'] for entry in page])


def _is_same(own: keys.Holder, holder: keys.Holder) -> bool:
    """Return whether a holder is a backup itself, or a copy of it."""
    if holder.kind != own.kind:
        return False
    return holder.id == own.id or (
        chunked.named_id(own.service_metadata) is not None
        and holder.service_metadata == own.service_metadata
        and naming.is_same_path(holder.container, own.container)
    )


def _of_lost(entry: typing.Any) -> keys.Holder:
    try:
        record = codec.decode(entry.record)
    except exception.RecordRefused:
        # Where its data is is not known, and nothing proves to be a copy.
        record = {}
    return keys.Holder(
        'backup',
        entry.id,
        keys.plain(entry.encryption_key_id),
        record.get('container'),
        record.get('service_metadata'),
    )


def _in_use(entry: entries.Entry, holder: keys.Holder) -> exception.Refused:
    # The importer may not be allowed to see what it belongs to.
    LOG.warning(
        'The record of backup %(id)s names the encryption key %(key)s, which '
        'is that of %(kind)s %(holder)s.',
        {
            'id': entry.record.id,
            'key': entry.values['encryption_key_id'],
            'kind': holder.kind,
            'holder': holder.id,
        },
    )
    return exception.Refused(
        reasons.Reason.KEY_IN_USE,
        f'the encryption key {entry.values["encryption_key_id"]} belongs to '
        'another volume, snapshot or backup, and would be deleted together '
        'with this backup; export the record again. The log of cinder-backup '
        'says what the key belongs to',
    )
