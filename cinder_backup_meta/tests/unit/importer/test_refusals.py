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

"""Whatever is refused has changed nothing, in either database.

Every reason for which a request can be refused is walked through the endpoints
of cinder-backup. A repository and a driver that do as they are told stand in
for a storage with faults, as there is no real one with each of them.
"""

import pathlib
import sqlite3
import types

from castellan.common import exception as castellan_exception
from cinder.keymgr import conf_key_mgr
import testtools.content

from cinder_backup_meta import exception
from cinder_backup_meta import objects
from cinder_backup_meta import reasons
from cinder_backup_meta.record import limits
from cinder_backup_meta.repositories import base as repositories
from cinder_backup_meta.tests import samples
from cinder_backup_meta.tests.unit import base as unit_base
from cinder_backup_meta.tests.unit import catalog_database
from cinder_backup_meta.tests.unit.importer import base
from cinder_backup_meta.tests.unit.importer import test_store
from cinder_backup_meta.tests.unit import rows
from cinder_backup_meta.worker.endpoints import catalog
from cinder_backup_meta.worker.endpoints import exports
from cinder_backup_meta.worker.endpoints import imports
from cinder_backup_meta.worker.endpoints import recovery
from cinder_backup_meta.worker.endpoints import retention

Reason = reasons.Reason

#: The numbers of the backups in the tests
NEW, HERE, OTHER, GONE, CREATING, SHARED = 1, 2, 3, 4, 5, 6

_KEY_ID = 'b3a1f0c2-9d8e-4f7a-8b6c-5d4e3f2a1b0c'


class FailingManager(conf_key_mgr.ConfKeyManager):
    def get(self, context, managed_object_id):
        raise castellan_exception.KeyManagerError(reason='down')


class FailingDriver(base.Driver):
    def import_record(self, backup, driver_info):
        raise ValueError


class UnknownHost:
    """A host whose driver the plugin has no rules for."""

    name = availability_zone = service = 'elsewhere'
    driver = base.Driver()

    def check_service(self, name):
        pass

    @property
    def repository(self):
        raise exception.Refused(Reason.DRIVER_UNKNOWN, 'no rules')


class BrokenHost(UnknownHost):
    @property
    def repository(self):
        raise KeyError


#: Record strings that cannot be read or describe no backup.
UNREADABLE = {
    Reason.RECORD_TOO_LARGE: 'A' * (limits.MAX_RECORD_LENGTH + 4),
    Reason.RECORD_NOT_BASE64: '?',
    Reason.RECORD_NOT_UTF8: samples.encode(b'\xff'),
    Reason.RECORD_NOT_JSON: samples.encode('{'),
    Reason.RECORD_NOT_OBJECT: samples.encode([]),
    Reason.RECORD_TOO_DEEP: samples.encode('[' * 99 + ']' * 99),
    Reason.RECORD_NOT_FINITE: samples.encode('{"size": NaN}'),
    Reason.RECORD_NUMBER_TOO_LONG: samples.encode('{"size": %s}' % ('1' * 99)),
    Reason.DUPLICATE_FIELD: samples.encode('{"id": 1, "id": 1}'),
    Reason.UNKNOWN_FIELD: base.string(NEW, color='red'),
    Reason.MISSING_FIELD: base.string(NEW, size=...),
    Reason.INVALID_FIELD: base.string(NEW, size='x'),
}

#: Records that contradict what is here.
CONTRADICTING = {
    # A record of its own, and a copy whose id is taken.
    Reason.BACKUP_EXISTS: base.string(HERE, size=9),
    Reason.PARENT_MISSING: base.string(NEW, GONE),
    Reason.PARENT_NOT_AVAILABLE: base.string(NEW, CREATING),
    Reason.PARENT_OF_OTHER_VOLUME: base.string(
        NEW, HERE, volume_id=samples.PARENT_ID
    ),
    Reason.PARENT_NOT_OLDER: base.string(
        NEW, HERE, created_at='2020-01-02T03:04:05Z'
    ),
    # The row of GONE is deleted, and HERE builds on it.
    Reason.PARENT_IS_DESCENDANT: base.string(
        GONE, HERE, created_at='2026-01-03T03:04:05Z'
    ),
    Reason.QUOTA_EXCEEDED: base.string(NEW, size=10**6),
    Reason.OWNER_UNKNOWN: base.string(NEW, project_id=None),
    Reason.KEY_MISSING: base.string(NEW, encryption_key_id=_KEY_ID),
    Reason.KEY_IN_USE: base.string(NEW, encryption_key_id=_KEY_ID),
    Reason.DATA_BEING_DELETED: base.string(SHARED),
    Reason.KEY_MANAGER_FAILED: base.string(NEW, encryption_key_id=_KEY_ID),
    Reason.SERVICE_MISMATCH: base.string(NEW, service='another.Driver'),
}

#: Refusals of a new record, for a reason that lies elsewhere.
ELSEWHERE = (
    Reason.CONTAINER_INVALID,
    Reason.SERVICE_METADATA_INVALID,
    Reason.DATA_MISSING,
    Reason.DATA_UNREADABLE,
    Reason.DATA_NOT_LOOKED_AT,
    Reason.DRIVER_REFUSED,
    Reason.DRIVER_UNKNOWN,
    Reason.HOST_FAILED,
    Reason.CATALOG_UNAVAILABLE,
)


class TestRefusals(base.PageTestCase):
    #: The reasons that requests were refused for, one for each time
    walked: list = []

    def setUp(self):
        super().setUp()
        self.catalog = self.useFixture(catalog_database.CatalogDatabase())
        self.limit(backups=100, gigabytes=1000)
        self.host = None
        self.options = {}
        self.walked = []
        rows.insert(
            self.context,
            rows.backup(HERE, GONE, seconds=9),
            rows.backup(OTHER),
            rows.backup(GONE, seconds=0, deleted=True, status='deleted'),
            rows.backup(CREATING, status='creating'),
            # A copy of SHARED.
            rows.backup(
                10,
                status='deleting',
                service_metadata=samples.posix_prefix(
                    samples.VOLUME_ID, base.backup_id(SHARED)
                ),
            ),
        )
        self.catalog.execute(
            'INSERT INTO retained_backups (backup_id, created_at) '
            f"VALUES ('{base.backup_id(OTHER)}', '2026-01-02')"
        )
        # The first use of a catalog notes in Cinder's database which it is.
        self.import_([base.string(9)], retain=True)

    def everything(self):
        """Return all rows of all tables of both databases."""
        return [
            self._dump(unit_base._file('cinder')),
            self._dump(self.catalog.path),
        ]

    def _dump(self, path):
        connection = sqlite3.connect(path)
        try:
            return sorted(connection.iterdump())
        except sqlite3.DatabaseError:
            return pathlib.Path(path).read_bytes()
        finally:
            connection.close()

    def _endpoint(self, cls):
        manager = types.SimpleNamespace(
            driver_name=samples.POSIX,
            catalog=types.SimpleNamespace(put=self.fail),
        )
        endpoint = cls(manager)
        made = self.host or base.host(base.Driver(), base.Repository())
        endpoint._host = lambda context: made
        return endpoint

    def _refused(self, reason, request):
        """Make a request that is refused, and find that nothing changed."""
        before = self.everything()
        codes = request()
        self.assertIn(str(reason), codes)
        for old, new in zip(before, self.everything(), strict=True):
            self.assertEqual([], sorted(set(new) ^ set(old)), codes)
            self.assertEqual(old, new, codes)
        self.walked.append(reason)

    def _single(self, string, **options):
        def request():
            try:
                record = objects.BackupRecord.from_string(
                    self.context, string, 300
                )
            except exception.RecordRefused as error:
                return [str(error.code)]
            choice = objects.BackupRecordOptions.with_defaults(
                self.context, **self.options, **options
            )
            outcome = self._endpoint(imports.ImportsEndpoint).import_record(
                self.context,
                record,
                record.values().get('service') or '',
                choice,
            )
            return [outcome.reason]

        return request

    def _page(self, strings, **options):
        def request():
            answer = self._endpoint(imports.ImportsEndpoint).import_records(
                self.context,
                objects.BackupRecordBatch(self.context, records=strings),
                objects.BackupRecordBatchOptions.with_defaults(
                    self.context, **self.options, **options
                ),
            )
            if answer.reason:
                return [answer.reason]
            return [item['reason'] for item in answer.items]

        return request

    def _walk(self, reason, string):
        """Have a record refused by itself and among others."""
        for retain in (False, True):
            for request in (
                self._single(string, retain=retain),
                self._page([string], retain=retain),
                self._page([string], retain=retain, dry_run=True),
                # A good one with it, which is not to be imported either.
                self._page(
                    [base.string(8), string],
                    retain=retain,
                    on_conflict='fail',
                ),
            ):
                self._refused(reason, request)

    def _with(self, reason):
        """Bring about what the reason is."""
        new = base.backup_id(NEW)
        fault = {new: exception.Refused(reason, 'as told')}
        faulty = {
            Reason.CONTAINER_INVALID: base.Repository(location_faults=fault),
            Reason.SERVICE_METADATA_INVALID: base.Repository(
                location_faults=fault
            ),
            Reason.DATA_MISSING: base.Repository(
                {new: repositories.DataMissing('nothing')}
            ),
            Reason.DATA_UNREADABLE: base.Repository(fault),
            Reason.DATA_NOT_LOOKED_AT: base.Repository(fault),
        }
        self.host = None
        self.options = {}
        if reason in faulty:
            self.host = base.host(base.Driver(), faulty[reason])
        elif reason is Reason.DRIVER_REFUSED:
            self.host = base.host(FailingDriver(), base.Repository())
        elif reason is Reason.DRIVER_UNKNOWN:
            self.host = UnknownHost()
        elif reason is Reason.HOST_FAILED:
            self.host = BrokenHost()
        elif reason is Reason.OWNER_UNKNOWN:
            self.options = {'owner': 'record'}
        elif reason is Reason.KEY_IN_USE:
            self.options = {'allow_missing_key': True}
            self.execute(
                'UPDATE backups SET encryption_key_id = ? WHERE id = ?',
                _KEY_ID,
                base.backup_id(OTHER),
            )

    def _use_keys(self, manager):
        name = f'{manager.__module__}.{manager.__name__}'
        self.config.config(backend=name, group='key_manager')
        self.config.config(fixed_key='1' * 64, group='key_manager')

    def _walk_records(self):
        for reason, string in UNREADABLE.items():
            self._walk(reason, string)
        for reason, string in CONTRADICTING.items():
            failing = reason is Reason.KEY_MANAGER_FAILED
            self._use_keys(
                FailingManager if failing else conf_key_mgr.ConfKeyManager
            )
            self._with(reason)
            self._walk(reason, string)
        for reason in ELSEWHERE:
            if reason is not Reason.CATALOG_UNAVAILABLE:
                self._with(reason)
                self._walk(reason, base.string(NEW))

    def _walk_pages(self):
        self._with(None)
        for retain in (False, True):
            self._refused(
                Reason.PARENT_REFUSED,
                self._page(
                    [base.string(NEW, GONE), base.string(7, NEW)],
                    retain=retain,
                ),
            )
            self._refused(
                Reason.DUPLICATE_RECORD,
                self._page(
                    [base.string(NEW), base.string(NEW, size=9)],
                    retain=retain,
                    on_conflict='fail',
                ),
            )
            self._refused(
                Reason.PAGE_REFUSED,
                self._page(
                    [base.string(NEW), base.string(7, GONE)],
                    retain=retain,
                    on_conflict='fail',
                ),
            )

    def _walk_other_requests(self):
        """Walk what is refused to those who do not import."""

        def call(cls, method, *args):
            endpoint = self._endpoint(cls)
            return lambda: [getattr(endpoint, method)(*args).reason]

        context = self.context
        everything = objects.BackupRecordSelection.with_defaults(context)
        options = objects.BackupRecordBatchOptions.with_defaults(context)
        unknown = base.backup_id(99)
        export = exports.ExportsEndpoint
        for reason, request in (
            (
                Reason.BACKUP_NOT_FOUND,
                call(export, 'export_record', context, unknown),
            ),
            (
                Reason.BACKUP_NOT_AVAILABLE,
                call(
                    export, 'export_record', context, base.backup_id(CREATING)
                ),
            ),
            (
                Reason.INVALID_MARKER,
                call(export, 'export_records', context, everything, 9, '?'),
            ),
            (
                Reason.INVALID_MARKER,
                call(
                    catalog.CatalogEndpoint,
                    'list_records',
                    *(context, everything, [], 9, '?'),
                ),
            ),
            (
                Reason.INVALID_MARKER,
                call(
                    recovery.RecoveryEndpoint,
                    'recover_records',
                    *(context, everything, options, 9, '?'),
                ),
            ),
            (
                Reason.RECORD_NOT_FOUND,
                call(catalog.CatalogEndpoint, 'show_record', context, unknown),
            ),
        ):
            self._refused(reason, request)

    def _walk_zones(self):
        """Walk what only a recovery is refused for."""
        self._with(None)
        rows.insert_services(self.context, ('host-1', 'az-1'))
        self.config.config(group='backup_meta', zone_map={'az-9': 'az-8'})
        self._refused(
            Reason.ZONE_UNKNOWN, self._page([base.string(NEW)], keep_host=True)
        )

    def _walk_without_catalog(self):
        self.catalog.break_()
        self._with(None)
        string = base.string(NEW)
        for request in (
            self._single(string, retain=True),
            self._page([string], retain=True),
            lambda: [
                self._endpoint(retention.RetentionEndpoint)
                .release(self.context, base.backup_id(HERE))
                .reason
            ],
        ):
            self._refused(Reason.CATALOG_UNAVAILABLE, request)

    def test_every_reason(self):
        self._walk_records()
        self._walk_pages()
        self._walk_other_requests()
        self._walk_zones()
        self._walk_without_catalog()
        # Bundles are read and written by the client, without any database;
        # what the database refuses has a test of its own below.
        expected = {
            reason for reason in Reason if not reason.startswith('bundle_')
        } - {Reason.DATABASE_REFUSED}
        self.assertEqual(expected, set(self.walked))
        self.addDetail(
            'refusals',
            testtools.content.text_content(f'{len(self.walked)} walked'),
        )
        self.assertGreater(len(self.walked), 250)


class TestRefusedByDatabase(test_store.UnstorableTestCase):
    """What the database refuses leaves no flag either."""

    def test_flags(self):
        catalog_file = self.useFixture(catalog_database.CatalogDatabase())
        for conflict in ('skip', 'fail'):
            self.assertUnchanged(
                ['database_refused'],
                [base.string(1, **test_store.BAD)],
                retain=True,
                on_conflict=conflict,
            )
        self.assertEqual(
            [], catalog_file.execute('SELECT * FROM retained_backups')
        )
