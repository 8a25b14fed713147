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

"""Storage and key managers that do not answer, and requests that are over."""

import threading

from cinder.keymgr import conf_key_mgr

from cinder_backup_meta import deadlines
from cinder_backup_meta.importer import entries
from cinder_backup_meta.importer import pipeline
from cinder_backup_meta import objects
from cinder_backup_meta.repositories import lookup
from cinder_backup_meta.tests import samples
from cinder_backup_meta.tests.unit import fixed
from cinder_backup_meta.tests.unit.importer import base
from cinder_backup_meta.worker import host as worker_host

TIMEOUT = 300


class Hanging(base.Repository):
    """A storage that does not answer one of the calls before it is released.

    A mock, because no file system here can be made to hang.
    """

    def __init__(self, where):
        super().__init__()
        self.where = where
        self.released = threading.Event()
        self.ended = threading.Event()

    def _hang(self, where):
        if where == self.where:
            self.released.wait(TIMEOUT)

    def check_location(self, record):
        self._hang('location')

    def find_faults(self, records):
        self._hang('data')
        self.ended.set()
        return super().find_faults(records)


class TestStorage(base.PageTestCase):
    def setUp(self):
        super().setUp()
        self.config.config(group='backup_meta', lookup_timeout=1)

    def hang(self, where):
        repository = Hanging(where)
        self.addCleanup(repository.released.set)
        return repository

    def test_refused_and_not_imported_later(self):
        for where in ('location', 'data'):
            repository = self.hang(where)
            items = self.assertUnchanged(
                ['data_unreadable', 'record_not_base64', 'data_unreadable'],
                [base.string(1), '{', base.string(2)],
                repository=repository,
            )
            self.assertIn('within 1 seconds', items[0]['detail'])
            repository.released.set()
            if where == 'data':
                self.assertTrue(repository.ended.wait(TIMEOUT))
            self.assertEqual([], self.numbers())

    def test_driver_that_cannot_be_made(self):
        released = threading.Event()
        self.addCleanup(released.set)

        class Mounting(fixed.Fixed):
            def get(self, context):
                released.wait(TIMEOUT)
                return super().get(context)

        # With the repository of the driver, which builds it when it looks.
        host = worker_host.Host(
            'host-1', 'az-1', Mounting(base.Driver()), self.context
        )
        outcome = pipeline.import_page(
            self.context,
            entries.of_strings([base.string(1)]),
            objects.BackupRecordBatchOptions.with_defaults(self.context),
            host,
        )
        self.assertEqual(['data_unreadable'], base.results(outcome))
        self.assertEqual([], self.numbers())

    def test_more_than_may_wait(self):
        self.patch(lookup, '_slots', deadlines.Slots(lambda: 1, patience=0.01))
        self.config.config(group='backup_meta', lookup_timeout=TIMEOUT)
        repository = self.hang('data')
        begun = threading.Event()
        waiting = threading.Thread(
            target=lookup.guarded,
            args=(lambda: begun.set() or repository.find_faults([]),),
        )
        waiting.start()
        self.assertTrue(begun.wait(TIMEOUT))
        items = self.assertUnchanged(['data_unreadable'], [base.string(1)])
        self.assertIn('too many requests', items[0]['detail'])
        repository.released.set()
        waiting.join(TIMEOUT)
        self.assertResults(['created'], [base.string(1)])

    def test_no_more_than_half_of_the_threads(self):
        for size in (1, 2, 64):
            with self.subTest(size=size):
                self.patch(lookup, 'CONF', Options(size))
                self.assertLessEqual(lookup._number(), max(1, size // 2))


class Options:
    def __init__(self, size):
        self.executor_thread_pool_size = size


class TestRequest(base.PageTestCase):
    """The time of the request itself."""

    def test_nothing_is_written_after_its_end(self):
        before = self.tables()

        class Late(base.Repository):
            def check_parent(self, record, parent):
                # Within the transaction.
                deadlines._ends_at.set(0)

        strings = [base.string(1), base.string(2, parent=1)]
        with deadlines.within(TIMEOUT):
            self.assertRaises(deadlines.Expired, self.import_, strings, Late())
        self.assertEqual(before, self.tables())
        self.assertResults(['created', 'created'], strings)


class SilentManager(conf_key_mgr.ConfKeyManager):
    """Does not answer before it is released."""

    released = threading.Event()

    def get(self, context, managed_object_id):
        self.released.wait(TIMEOUT)


class TestKeyManager(base.PageTestCase):
    def test_refused(self):
        self.config.config(group='backup_meta', lookup_timeout=1)
        self.config.config(
            group='key_manager',
            backend=f'{__name__}.{SilentManager.__name__}',
        )
        self.patch(SilentManager, 'released', threading.Event())
        self.addCleanup(SilentManager.released.set)
        items = self.assertResults(
            ['key_manager_failed', 'created'],
            [
                base.string(1, encryption_key_id=samples.PARENT_ID),
                base.string(2),
            ],
        )
        self.assertIn('no answer in time', items[0]['detail'])
