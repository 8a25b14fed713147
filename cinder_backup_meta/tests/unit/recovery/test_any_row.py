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

"""Whatever a row of Cinder can hold is exported, captured and brought back.

Rows are made of what Cinder's REST API accepts, which its own schemas confirm
for each of them, and of what Cinder, its drivers and key managers write beside
that. The same rows are made in every run. To try more and others, set
ROW_SEED to a number; each number is another set of rows.
"""

import datetime
import os
import random
import sys
import unicodedata
import uuid

from cinder.api.schemas import backups as schemas
from cinder.api.validation import validators
from cinder.backup.drivers import posix as cinder_posix
import fixtures

from cinder_backup_meta.catalog import passes
from cinder_backup_meta.client import exports
from cinder_backup_meta.client import imports
from cinder_backup_meta.exporter import pages
from cinder_backup_meta.importer import entries
from cinder_backup_meta.importer import pipeline
from cinder_backup_meta import objects
from cinder_backup_meta.record import results
from cinder_backup_meta.recovery import from_catalog
from cinder_backup_meta.repositories import drivers
from cinder_backup_meta.tests import samples
from cinder_backup_meta.tests.unit.catalog import base
from cinder_backup_meta.tests.unit import fixed
from cinder_backup_meta.tests.unit.importer import base as importer_base
from cinder_backup_meta.tests.unit import rows

SEED = int(os.environ.get('ROW_SEED', 0))
CLOUDS = 16
ROWS = 60

OPTIONS = objects.BackupRecordBatchOptions

CREATE = validators._SchemaValidator(schemas.create_backup_v351)
# What an import changes in a row of its own accord, or what it drops.
CHANGED = (
    'updated_at',
    'status',
    'service',
    'fail_reason',
    'temp_volume_id',
    'temp_snapshot_id',
    'restore_volume_id',
    'num_dependent_backups',
)

_ASTRAL = [chr(sys.maxunicode), '\U0001f4be', '\U000e0001', '\U0001fae9']
_TEXT = [
    *map(chr, range(256)),
    *'\u0301\u200b\u2028\u202e\u20ac\ufeff\ufffd\uffff漢ไ',
    *_ASTRAL,
]
_PRINTED = [
    char
    for char in map(chr, range(0xFFFE))
    if unicodedata.category(char)[0] not in 'CZ'
    or unicodedata.category(char) == 'Zs'
]
# What names of hosts, zones and users may have.
_NAMED = [char for char in _PRINTED if char.isprintable()]
_VISIBLE = [char for char in _PRINTED if char not in './\u2024\uff0e\uff0f']
_KEY = 'azAZ09-_:. /'


class Chance(random.Random):
    """A source of what a request, or Cinder itself, puts into a row."""

    def text(self, alphabet, most=255, least=0):
        length = self.choice([least, self.randint(least, 20), most])
        return ''.join(self.choices(alphabet, k=length))

    def time(self, first, last):
        return datetime.datetime(first, 1, 1) + datetime.timedelta(
            seconds=self.randrange((last - first) * 365 * 86400)
        )

    def uuid(self):
        return uuid.UUID(int=self.getrandbits(128), version=4)

    def spelling(self, id):
        """Return an id as MariaDB finds it, and Cinder then stores it."""
        return self.choice([str(id), str(id), str(id).upper()])

    def metadata(self):
        if self.random() < 0.03:
            return {f'k{number}': ',' * 255 for number in range(50)}
        return {
            self.text(_KEY, least=1): self.choice(
                [
                    self.text(_TEXT),
                    '\0',
                    ',{[' * 85,
                    '\\"' * 127,
                ]
            )
            for _ in range(self.choice([0, 0, 1, 3]))
        }

    def body(self, volume_id):
        """Return the body of a request for a backup."""
        values = {
            'volume_id': volume_id,
            'name': self.choice([None, self.text(_TEXT)]),
            'description': self.choice([None, self.text(_PRINTED)]),
            'metadata': self.choice([None, self.metadata()]),
            'container': self.choice([None, self.text(_VISIBLE, 80)]),
            'snapshot_id': self.choice([None, self.spelling(self.uuid())]),
            # It has to be that of a host.
            'availability_zone': self.choice([None, self.text(_NAMED)]),
        }
        body = {'backup': values}
        CREATE.validate(body)
        return values


def make_rows(chance, first, last):
    """Return the rows of a cloud, and their metadata by id.

    :param first: the first year that its clocks show, and the last one
    """
    made, metadata = [], {}
    for number in range(1, ROWS + 1):
        parent = chance.choice([None, *made[-5:]])
        row = _row(chance, number, parent)
        row['created_at'] = chance.time(first, last)
        if parent and (first, last) == RIGHT:
            # The parent is older by clocks that are right.
            row['created_at'] = parent['created_at']
        row['data_timestamp'] = chance.choice([None, row['created_at']])
        metadata[row['id']] = row.pop('metadata') or {}
        made.append(row)
    return made, metadata


def _row(chance, number, parent):
    volume_id = str(chance.uuid())
    unknown = not parent and chance.random() < 0.1
    if parent and parent['volume_id'] not in UNKNOWN:
        volume_id = parent['volume_id'].lower()
    body = chance.body(chance.spelling(volume_id))
    row = rows.backup(number)
    id = row['id']
    prefix = samples.posix_prefix(body['volume_id'], id)
    if parent and parent['volume_id'] in UNKNOWN:
        # What is built on one whose volume nobody knows was imported too.
        body['volume_id'] = parent['volume_id']
    elif unknown:
        body['volume_id'] = chance.choice(UNKNOWN)
        prefix = prefix.lower()
    if body['volume_id'] in UNKNOWN:
        prefix = prefix.lower()
    return row | {
        'user_id': chance.text(_NAMED, 64, least=1),
        'project_id': chance.uuid().hex,
        'host': chance.text(_NAMED, least=1),
        'availability_zone': body['availability_zone'] or 'nova',
        'display_name': body['name'],
        'display_description': body['description'],
        'container': body['container'] or row['container'],
        'volume_id': body['volume_id'],
        'snapshot_id': body['snapshot_id'],
        'metadata': body['metadata'],
        'service_metadata': prefix,
        'parent_id': parent['id'] if parent else chance.choice([None, '']),
        'service': chance.choice(
            [samples.POSIX, samples.POSIX, samples.POSIX.rpartition('.')[0]]
        ),
        'status': chance.choice(['available', 'available', 'restoring']),
        'size': chance.choice([None, 0, 1, 1000]),
        'object_count': chance.choice([None, 0, 7]),
        'num_dependent_backups': chance.choice([None, 0, -3]),
        'fail_reason': chance.choice([None, chance.text(_TEXT)]),
        'encryption_key_id': chance.choice(
            [None, '', str(chance.uuid()), chance.uuid().hex]
        ),
        'temp_volume_id': chance.choice([None, '', chance.text(_TEXT, 36)]),
        'restore_volume_id': chance.choice([None, str(chance.uuid())]),
        'updated_at': chance.choice([None, chance.time(1970, 2200)]),
    }


UNKNOWN = ('0000-0000-0000-0000', '00000000-0000-0000-0000-000000000000')
RIGHT = (2013, 2026)
WRONG = (1970, 2200)


class Cloud:
    """Stands in for the REST API between the client and the two rooms.

    The functional tests put the real one in this place.
    """

    def __init__(self, test):
        self._test = test

    def endpoint(self):
        return None

    def export_page(self, marker, limit, **selection):
        page = pages.export_page(
            self._test.context,
            objects.BackupRecordSelection.with_defaults(
                self._test.context, **selection
            ),
            limit,
            marker,
            drivers.Instances(samples.POSIX),
        )
        return {
            'backup_records': page.items,
            'omitted': page.omitted,
            'next_marker': page.next_marker,
        }

    def import_page(self, records, charged=None, **options):
        outcome = pipeline.import_page(
            self._test.context,
            entries.of_strings(records),
            OPTIONS.with_defaults(self._test.context, **options),
            self._test.host,
        )
        return {
            'backup_records': outcome.items,
            'summary': results.summarize(outcome.items)
            | {'over_quota': outcome.over_quota},
        }


class TestAnyRow(base.CatalogTestCase):
    def setUp(self):
        super().setUp()
        self.folder = self.useFixture(fixtures.TempDir()).path
        driver = cinder_posix.PosixBackupDriver(self.context, self.folder)
        self.host = importer_base.host(
            importer_base.Driver(),
            # With its own rules of where a record may point.
            fixed.repository(driver, samples.POSIX),
        )

    def _begin(self, seed, clocks):
        self.chance = Chance(SEED * CLOUDS + seed)
        self.empty_database()
        self.catalog.execute('DELETE FROM backup_records')
        self.catalog.execute('DELETE FROM capture_marks')
        self.made, self.metadata = make_rows(self.chance, *clocks)
        rows.insert(
            self.context,
            *self.made,
            metadata=[
                (id, key, value)
                for id, items in self.metadata.items()
                for key, value in items.items()
            ],
        )
        self.before = self._tables()

    def _tables(self):
        """Return what has to survive, by backup."""
        metadata = {row['id']: {} for row in self.made}
        for row in self.rows('backup_metadata'):
            if not row['deleted']:
                metadata[row['backup_id']][row['key']] = row['value']
        found = {}
        for row in self.rows('backups'):
            kept = {
                name: value
                for name, value in row.items()
                if name not in CHANGED
            }
            for name in ('size', 'object_count'):
                kept[name] = kept[name] or 0
            # As other programs have had Cinder import them.
            for name in ('parent_id', 'encryption_key_id'):
                kept[name] = kept[name] or None
            kept['data_timestamp'] = row['data_timestamp'] or row['created_at']
            found[row['id']] = kept, metadata[row['id']]
        return found

    def _lose(self):
        self.execute('DELETE FROM backup_metadata')
        self.execute('DELETE FROM backups')
        self.assertEqual({}, self._tables())

    def _recover(self):
        items, marker = [], None
        options = OPTIONS.with_defaults(
            self.context, verify='none', allow_missing_key=True
        )
        while True:
            page = from_catalog.recover_page(
                self.context,
                objects.BackupRecordSelection.with_defaults(self.context),
                options,
                self.chance.choice([7, 100]),
                marker,
                self.host,
            )
            items += page.items
            marker = page.next_marker
            if marker is None:
                return items

    def test_capture_and_recover(self):
        """With clocks that are right, and with clocks of any other century."""
        for seed in range(CLOUDS):
            self._begin(seed, RIGHT if seed % 2 else WRONG)
            self.assertEqual(
                ROWS, passes.compare_all(self.context, self.maker)
            )
            self._lose()
            refused = [
                (item['id'], item['detail'])
                for item in self._recover()
                if item['result'] == 'refused'
            ]
            self.assertEqual([], refused, seed)
            self.assertEqual(self.before, self._tables(), seed)

    def test_export_into_a_bundle_and_import(self):
        for seed in range(CLOUDS):
            self._begin(seed, RIGHT)
            file = os.path.join(self.folder, f'{seed}.bundle')
            result = exports.export_bundle(Cloud(self), file, page_size=25)
            self.assertEqual((ROWS, []), (result.records, result.omitted))
            self._lose()
            report = imports.import_bundle(
                Cloud(self),
                file,
                page_size=25,
                owner='record',
                quota='recounted',
                verify='none',
                allow_missing_key=True,
            )
            self.assertEqual([], report.refused, seed)
            self.assertEqual(ROWS, report.total['created'])
            self.assertEqual(self._here(self.before), self._tables(), seed)

    def _here(self, tables):
        """Return what a bundle brings back: not the host and its zone."""
        here = {'host': 'host-1', 'availability_zone': 'az-1'}
        return {
            id: (row | here, metadata)
            for id, (row, metadata) in tables.items()
        }
