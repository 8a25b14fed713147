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

"""Making the columns of a catalog entry from Cinder's row of the backup."""

from collections.abc import Sequence
import hashlib
import re
import typing

import sqlalchemy as sa

from cinder_backup_meta.db import clock
from cinder_backup_meta.exporter import encoder
from cinder_backup_meta import log as logging
from cinder_backup_meta.record import limits
from cinder_backup_meta.repositories import drivers

LOG = logging.getLogger(__name__)

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

# Characters that some databases store as text and others do not.
_DOUBTFUL = re.compile('[\x00\ud800-\udfff\U00010000-\U0010ffff]')
_LENGTH = 255


class Maker:
    """Makes the records that a host with a certain backup driver can make.

    :ivar driver_name: the class path of the driver
    :ivar unexplained: how many entries have no whole backup, and yet the last
        comparison did not find them missing
    """

    def __init__(self, found: drivers.Instances) -> None:
        """Construct it; build no driver yet.

        :param found: the instances of the driver
        """
        self.driver_name = found.service
        self.unexplained = 0
        self._drivers = found

    def make(
        self, context: typing.Any, rows: Sequence[sa.engine.Row]
    ) -> dict[str, dict[str, typing.Any]]:
        """Return by id the columns of the entries of complete backups.

        It runs in the transaction that its caller has begun with Cinder's
        database. A backup without a record is absent; the log says why.

        :param rows: with all columns, see :mod:`.db.cinder.backups`
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
        try:
            return encoder.make(context, rows, self._drivers)
        except drivers.DriverUnusable as error:
            LOG.error(
                'The records of %(number)d backups, to which the backup '
                'driver may have to add something, are not captured: '
                '%(error)s',
                {'number': len(rows), 'error': error},
            )
            return {}


def _fits(backup_id: str, record: str) -> bool:
    if len(record) <= limits.MAX_RECORD_LENGTH:
        return True
    LOG.warning(
        'The record of backup %(id)s is longer than %(limit)s characters and '
        'is not captured.',
        {'id': backup_id, 'limit': limits.MAX_RECORD_LENGTH},
    )
    return False


def _values(row: sa.engine.Row, record: str) -> dict[str, typing.Any]:
    mapping = row._mapping
    values = {name: mapping[name] for name in _COPIED}
    values['name'] = row.display_name
    values['created_at'] = row.created_at or clock.EPOCH
    values['seen_updated_at'] = row.updated_at
    values['record'] = record
    values['digest'] = hashlib.sha256(record.encode('ascii')).hexdigest()
    return values


def storable(values: dict[str, typing.Any]) -> dict[str, typing.Any]:
    """Return the columns without characters that a database may refuse.

    The record string has only ASCII characters. The columns beside it, which
    are for queries, have those of Cinder's database; a catalog of another kind
    or with another character set may be unable to store them.
    """
    return {
        name: plain(value)
        if isinstance(value, str) and name != 'record'
        else value
        for name, value in values.items()
    }


def plain(text: str) -> str:
    """Return a text with the characters escaped that some cannot store."""
    return _DOUBTFUL.sub(
        lambda match: match[0].encode('unicode_escape').decode('ascii'), text
    )[:_LENGTH]
