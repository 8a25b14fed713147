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

"""What the catalog keeps of a backup, made of its row in Cinder's database."""

from collections.abc import Sequence
import datetime
import hashlib
import re
import typing

from oslo_config import cfg
from oslo_log import log as logging
from oslo_utils import importutils
import sqlalchemy as sa

from cinder_backup_meta.exporter import encoder
from cinder_backup_meta.record import limits
from cinder_backup_meta.repositories import drivers

CONF = cfg.CONF
LOG = logging.getLogger(__name__)

_EPOCH = datetime.datetime(1970, 1, 1)

_COPIED = (
    'id',
    'project_id',
    'user_id',
    'volume_id',
    'parent_id',
    'service',
    'host',
    'availability_zone',
    'size',
    'object_count',
    'encryption_key_id',
)

# What one database stores as text and another does not.
_DOUBTFUL = re.compile('[\x00\ud800-\udfff\U00010000-\U0010ffff]')
_LENGTH = 255


class Maker:
    """Makes records, as far as a host with a certain driver can.

    :ivar driver_name: the class path of the driver
    """

    def __init__(self, driver_class: typing.Any, driver_name: str) -> None:
        self.driver_name = driver_name
        self._class = driver_class

    def make(
        self, context: typing.Any, rows: Sequence[sa.engine.Row]
    ) -> dict[str, dict[str, typing.Any]]:
        """Return by id what to keep of backups whose data is whole.

        It runs in the transaction that its caller has begun with Cinder's
        database. Absent is what no record can be made of; the log says why.

        :param rows: as :mod:`cinder_backup_meta.db.cinder.pages` returns them
        """
        found = encoder.sort(rows, self.driver_name)
        made = self._make_own(context, found.own)
        made.update(encoder.make(context, found.any))
        by_id = {row.id: row for row in rows}
        return {
            backup_id: _values(by_id[backup_id], record)
            for backup_id, record in made.items()
            if _fits(backup_id, record)
        }

    def _make_own(
        self, context: typing.Any, rows: list[sa.engine.Row]
    ) -> dict[str, str]:
        if not rows or not drivers.overrides(self._class, 'export_record'):
            # It adds nothing. Some drivers can't even be made without the
            # token of a user.
            return encoder.make(context, rows)
        try:
            driver = self._class(context)
        except Exception:
            LOG.exception(
                'The backup driver is out of order: it can not say what it '
                'has to add to the records of %d backups.',
                len(rows),
            )
            return {}
        return encoder.make(context, rows, driver)


def of_options() -> Maker:
    """Return what makes records on the host whose options these are."""
    name = drivers.renamed(CONF.backup_driver)
    return Maker(importutils.import_class(name), name)


def _fits(backup_id: str, record: str) -> bool:
    if len(record) <= limits.MAX_RECORD_LENGTH:
        return True
    LOG.warning(
        'The record of backup %(id)s is longer than %(limit)s characters; it '
        'is not captured.',
        {'id': backup_id, 'limit': limits.MAX_RECORD_LENGTH},
    )
    return False


def _values(row: sa.engine.Row, record: str) -> dict[str, typing.Any]:
    mapping = row._mapping
    values = {name: mapping[name] for name in _COPIED}
    values['name'] = row.display_name
    values['created_at'] = row.created_at or _EPOCH
    values['seen_updated_at'] = row.updated_at
    values['record'] = record
    values['digest'] = hashlib.sha256(record.encode('ascii')).hexdigest()
    return values


def storable(values: dict[str, typing.Any]) -> dict[str, typing.Any]:
    """Return the same with nothing in it that a database may refuse.

    The record string has only ASCII characters. In what is kept beside it, to
    be looked for, a database of another kind or character set than Cinder's
    may not take everything.
    """
    return {
        name: plain(value)
        if isinstance(value, str) and name != 'record'
        else value
        for name, value in values.items()
    }


def plain(text: str) -> str:
    """Return a text with the characters escaped that not all can store."""
    return _DOUBTFUL.sub(
        lambda match: match[0].encode('unicode_escape').decode('ascii'), text
    )[:_LENGTH]
