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

"""Posix, on a real folder."""

import json
import os
import pathlib
import typing

from cinder.backup.drivers import posix as cinder_posix
import fixtures
import testscenarios

from cinder_backup_meta import exception
from cinder_backup_meta.formats import json_stream
from cinder_backup_meta import reasons
from cinder_backup_meta.tests import samples
from cinder_backup_meta.tests.unit import base
from cinder_backup_meta.tests.unit import fixed
from cinder_backup_meta.tests.unit.repositories import locations
from cinder_backup_meta.tests.unit.repositories import storage

load_tests = testscenarios.load_tests_apply_scenarios


class PosixTestCase(storage.StorageTestCase):
    class_path = samples.POSIX
    options = {
        'backup_file_size': storage.CHUNK,
        'backup_sha_block_size_bytes': storage.BLOCK,
        'backup_enable_progress_timer': False,
    }

    def start_storage(self):
        folder = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        self.root = folder / 'backup'
        self.root.mkdir()
        self.config.config(backup_posix_path=str(self.root))

    def make_driver(self):
        return cinder_posix.PosixBackupDriver(self.context)


class TestExistence(storage.ExistenceTests, PosixTestCase):
    def count_listings(self):
        listings = []
        scandir = os.scandir

        def count(path):
            listings.append(path)
            return scandir(path)

        self.useFixture(fixtures.MonkeyPatch('os.scandir', count))
        return listings

    def stop_storage(self):
        # A link to itself: not even root can read it.
        self.root.rename(self.root.with_name('away'))
        self.root.symlink_to(self.root)

    def test_object_that_is_a_link(self):
        record = self.backup()
        path = self.root / record.container / record.service_metadata
        name = path.with_name(path.name + '-00001')
        name.rename(self.root / 'elsewhere')
        name.symlink_to(self.root / 'elsewhere')
        self.assertMissing('1 of its 2 objects', record)

    def test_metadata_of_64_mib(self):
        record = self.backup()
        path = self.root / record.container / record.service_metadata
        os.truncate(f'{path}_metadata', json_stream.MAX_SIZE + 1)
        self.assertMissing('larger than 64 MiB', record)

    def test_one_folder_of_many_that_can_not_be_read(self):
        record, other = self.backup(), self.backup()
        folder = self.root / record.container
        folder.rename(self.root / 'away')
        folder.symlink_to(folder)
        faults = self.repository.find_faults([record, other])
        self.assertEqual([record.id], list(faults))
        self.assertEqual(
            reasons.Reason.DATA_UNREADABLE, faults[record.id].code
        )


class OldDriver(cinder_posix.PosixBackupDriver):
    """What differs in Cinder up to 10.0, there for NFS too since 2015.1."""

    def _generate_object_name_prefix(self, backup):
        return 'backup'


class TestOldPrefix(storage.ExistenceTests, PosixTestCase):
    """Where all backups have the same prefix, the folder makes the record."""

    count_listings = TestExistence.count_listings
    stop_storage = TestExistence.stop_storage

    # The names of its objects do not have the id of the backup.
    test_metadata_with_objects_of_others = None
    test_copy = None
    # There a backup overwrote the one before it in the same container.
    test_many_in_one_container = None
    test_many_in_many_containers = None
    test_nothing_there = None
    test_one_listing_asks_for_no_more_than_it_needs = None

    def make_driver(self):
        return OldDriver(self.context)

    def assertRefused(self, record):
        error = self.assertRaises(
            exception.Refused, self.repository.check_location, record
        )
        self.assertEqual(reasons.Reason.SERVICE_METADATA_INVALID, error.code)
        self.assertIn('nothing proves that the objects', str(error))

    def test_listing(self):
        # The names of old objects do not have the id of the backup.
        self.backup()
        self.assertEqual([], list(self.repository.find_stored([])))

    def test_own_folder(self):
        record = self.backup()
        self.assertEqual('backup', record.service_metadata)
        self.assertEqual(record.id, os.path.basename(record.container))

    def test_own_folder_without_anything(self):
        record = self.backup()
        record.id = samples.ID
        record.container = f'6f/1d/{samples.ID}'
        for container in (record.container, f'./{record.container}/'):
            record.container = container
            self.assertIsNone(self.repository.check_location(record))
            self.assertMissing('its container is missing', record)

    def test_folder_of_another_backup(self):
        record, other = self.backup(), self.backup()
        for container in (
            other.container,
            f'{record.container}/../{other.id}',
            f'{other.container}/',
            f'./{other.container}',
        ):
            record.container = container
            error = self.assertRaises(
                exception.Refused, self.repository.check_location, record
            )
            self.assertNotIn(other.id, str(error))

    def test_folder_of_the_users_choice(self):
        # check_location has passed it already when it was made.
        record = self.backup(container='mine')
        self.assertComplete(record)

    def test_folder_of_the_users_choice_used_again(self):
        record = self.backup(container='mine')
        other = self.backup(container='mine')
        self.assertRefused(record)
        self.assertIsNone(self.repository.check_location(other))

    def test_folder_of_the_users_choice_without_metadata(self):
        record = self.backup(container='mine')
        path = self.root / 'mine' / 'backup_metadata'
        for content in ('', '[]', '{}', json.dumps({'backup_id': 1})):
            path.write_text(content)
            self.assertRefused(record)
        path.write_text('{"a": [' + '1, ' * 2**18)
        self.assertRefused(record)
        path.write_text(f'{{"backup_id": "{record.id}", "backup_id": 1}}')
        self.assertRefused(record)
        path.unlink()
        self.assertRefused(record)

    def test_folder_of_the_users_choice_with_a_link(self):
        record = self.backup(container='mine')
        (self.root / 'mine').rename(self.root / 'yours')
        (self.root / 'mine').mkdir()
        (self.root / 'mine' / 'backup_metadata').symlink_to(
            '../yours/backup_metadata'
        )
        self.assertRefused(record)

    def test_folder_that_is_not_there(self):
        record = self.backup(container='mine')
        record.container = 'never-made'
        self.assertRefused(record)


class LocationTestCase(locations.LocationTestCase, base.DatabaseTestCase):
    class_path = samples.POSIX

    def setUp(self):
        super().setUp()
        self.folder = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        (self.folder / 'outside').mkdir()
        self.root = self.folder / 'backup'
        self.config.config(backup_posix_path=str(self.root))
        (self.root / 'inside').mkdir(parents=True)
        (self.root / 'out').symlink_to('../outside')
        (self.root / 'in').symlink_to('inside')
        (self.root / 'up').symlink_to('..')
        (self.root / 'etc').symlink_to('/etc')

    def driver(self):
        return cinder_posix.PosixBackupDriver(self.context)


PREFIX = samples.record()['service_metadata']


class TestRefused(locations.RefusedTests, LocationTestCase):
    scenarios = locations.scenarios(
        'container',
        [
            *locations.NO_TEXT,
            ('an absolute path', '/etc'),
            ('two slashes', '//etc'),
            ('the parent', '..'),
            ('a path out', '../outside'),
            ('a path out, later', 'a/../../outside'),
            ('a path out and in again', '../backup/inside'),
            ('a path that stays', 'inside/../inside'),
            ('the parent at the end', 'inside/..'),
            ('a link out', 'out'),
            ('a folder behind a link out', 'out/x/y'),
            ('a link to the parent', 'up'),
            ('a sibling behind a link', 'up/outside'),
            ('a link to an absolute path', 'etc'),
            ('dots that look like the parent', '\u2024\u2024/outside'),
            ('dots of full width', '\uff0e\uff0e/outside'),
            ('a slash of full width', '\uff0fetc'),
            ('a leader of two dots', '\u2025/outside'),
        ],
    ) + locations.scenarios(
        'service_metadata',
        [
            *locations.NO_TEXT,
            *locations.foreign(PREFIX),
            *locations.lookalikes(PREFIX),
            ('the prefix of old releases', 'backup'),
            ('a part of that', 'back'),
            (
                'the form of object storages',
                f'volume_{samples.VOLUME_ID}/20260102030405/'
                f'az_nova_backup_{samples.ID}',
            ),
        ],
    )


class TestCopy(locations.CopyTests, LocationTestCase):
    values: typing.ClassVar[typing.Any] = {'service_metadata': PREFIX}


class TestAccepted(locations.AcceptedTests, LocationTestCase):
    scenarios = locations.scenarios(
        'container',
        [
            ('the form of the driver', f'6f/1d/{samples.ID}'),
            ('the choice of a user', 'inside'),
            ('a folder that is not there', 'a/b/c'),
            ('a link that stays inside', 'in'),
            ('dots in a name', '..a/b..'),
            ('a slash at the end', 'inside/'),
            ('a space', 'my backups'),
            ('letters beyond ASCII', 'S\xe3o Paulo'),
            ('what a shell would expand', '*'),
            ('as long as can be', 'a/' * 127 + 'a'),
        ],
    ) + locations.scenarios('service_metadata', [('the own form', PREFIX)])

    def test_spellings_of_a_folder(self):
        for spelling in (
            'aa/bb/c',
            './aa/bb/c',
            'aa/bb/c/',
            'aa//bb/./c',
            './/aa/bb//c/.',
        ):
            self.assertEqual(
                'aa/bb/c', self.repository().normal_container(spelling)
            )

    def test_root_that_is_a_link(self):
        (self.folder / 'link').symlink_to('backup')
        self.config.config(backup_posix_path=str(self.folder / 'link'))
        repository = fixed.repository(self.driver(), self.class_path)
        record = self.record(**{self.field: self.value})
        self.assertIsNone(repository.check_location(record))
