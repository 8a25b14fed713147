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

"""Tests that every repository of a chunked driver has to pass.

Cinder's own drivers write the backups, of a volume of a few bytes in memory,
into a storage that the tests of each family provide.
"""

import io
import json
import os
import uuid

from cinder import objects as cinder_objects
from cinder import rpc
from cinder.volume import volume_types
import fixtures
from oslo_messaging import conffixture

from cinder_backup_meta import exception
from cinder_backup_meta.formats import chunked
from cinder_backup_meta.formats import findings
from cinder_backup_meta.formats import json_stream
from cinder_backup_meta.formats import layers
from cinder_backup_meta.formats import replay
from cinder_backup_meta import objects
from cinder_backup_meta import reasons
from cinder_backup_meta.tests.unit import base
from cinder_backup_meta.tests.unit import fixed
from cinder_backup_meta.tests.unit.repositories import lookups

Reason = reasons.Reason

CHUNK = 65536
BLOCK = 32768


class StorageTestCase(base.DatabaseTestCase):
    """A test with a real driver, chosen by the subclass.

    :cvar class_path: the class path of the driver
    :cvar options: options of cinder.conf that make it write small objects
    """

    class_path = None
    options = {}

    def setUp(self):
        super().setUp()
        self.useFixture(
            conffixture.ConfFixture(base.CONF)
        ).transport_url = 'fake://'
        self.config.config(**self.options)
        rpc.init(base.CONF)
        self.addCleanup(rpc.cleanup)
        self.start_storage()
        self.driver = self.make_driver()
        self.repository = fixed.repository(
            self.driver, self.class_path, self.context
        )

    def start_storage(self):
        """Prepare the storage so that tests do not affect each other."""

    def make_driver(self):
        """Return the driver, set up as Cinder sets it up."""
        raise NotImplementedError

    def volume(self):
        """Return a new volume; nothing stores its data."""
        kind = volume_types.get_default_volume_type(self.context)
        volume = cinder_objects.Volume(
            self.context, size=1, volume_type_id=kind['id']
        )
        volume.create()
        return volume

    def backup(self, volume=None, data=None, **values):
        """Write a backup by Cinder's driver and return its record."""
        volume = volume or self.volume()
        backup = cinder_objects.Backup(
            self.context,
            user_id='user-1',
            project_id='project-1',
            volume_id=volume.id,
            size=1,
            status='creating',
            **values,
        )
        backup.create()
        data = self.data() if data is None else data
        self.driver.backup(backup, io.BytesIO(data))
        backup.refresh()
        record = objects.BackupRecord.from_backup(self.context, backup, {})
        self.repository.check_location(record)
        return record

    def copies(self, number, container):
        """Return records of backups that differ only in their id.

        Cinder writes one of them, because writing all would take long.
        """
        first = self.backup(data=b'1' * CHUNK, container=container)
        ends = '-00001', chunked.SHA256, chunked.METADATA
        contents = {end: self.read(first, end) for end in ends}
        records = [first]
        for _number in range(number - 1):
            values = first.values()
            values['id'] = str(uuid.uuid4())
            values['service_metadata'] = values['service_metadata'].replace(
                first.id, values['id']
            )
            record = objects.BackupRecord(self.context, **values)
            for end, content in contents.items():
                own = content.replace(first.id.encode(), record.id.encode())
                self.write(record, end, own)
            records.append(record)
        return records

    def data(self, last=b'\0'):
        """Return an incompressible chunk, and one that compresses well."""
        return os.urandom(CHUNK) + last * CHUNK

    def read(self, record, end):
        """Return the content of a backup's object with this name's end."""
        name = record.service_metadata + end
        with self.driver.get_object_reader(record.container, name) as reader:
            return reader.read()

    def write(self, record, end, data):
        """Write an object with this name's end through the driver."""
        name = record.service_metadata + end
        with self.driver.get_object_writer(record.container, name) as writer:
            writer.write(data)

    def remove(self, record, end):
        """Remove the object with this name's end."""
        self.driver.delete_object(
            record.container, record.service_metadata + end
        )

    def edit(self, record, **changes):
        """Change the metadata object; ``...`` removes a key."""
        content = json.loads(self.read(record, chunked.METADATA))
        content.update(changes)
        content = {
            key: value for key, value in content.items() if value is not ...
        }
        self.write(record, chunked.METADATA, json.dumps(content).encode())
        return content


class ReplayTests:
    """The tests of the data engine on every chunked driver's storage."""

    def replay(self, records, sink=None):
        """Replay a chain, given with the newest first."""
        backups = [
            layers.Backup(record.id, record.container, record.service_metadata)
            for record in records
        ]
        return replay.replay(self.repository.storage, backups, 2, sink)

    def chain(self):
        """Return a chain and what it holds; data goes to zeros and back."""
        volume, data = self.volume(), bytearray(self.data() + self.data())
        records = [self.backup(volume, bytes(data))]
        for number in range(3):
            data[0:BLOCK] = os.urandom(BLOCK) if number % 2 else bytes(BLOCK)
            data[-BLOCK:] = bytes([number]) * BLOCK
            child = self.backup(volume, bytes(data), parent_id=records[0].id)
            records.insert(0, child)
        return records, bytes(data)

    def test_replay_is_what_was_backed_up(self):
        for name in ('none', 'zlib', 'bzip2', 'zstd'):
            self.config.config(backup_compression_algorithm=name)
            self.driver = self.make_driver()
            self.repository = fixed.repository(
                self.driver, self.class_path, self.context
            )
            records, data = self.chain()
            found = bytearray(len(data))

            def sink(offset, part, proved, found=found):
                found[offset : offset + len(part)] = part

            result = self.replay(records, sink)
            self.assertEqual([], result.findings.listed)
            self.assertEqual((len(data),) * 2, (result.size, result.proved))
            self.assertEqual(data, bytes(found))

    def test_replay_names_what_is_missing(self):
        records, data = self.chain()
        self.remove(records[-1], '-00002')
        self.remove(records[1], chunked.METADATA)
        names = {
            records[-1].service_metadata + '-00002',
            records[1].service_metadata + chunked.METADATA,
        }
        result = self.replay(records)
        missing = [
            finding
            for finding in result.findings.listed
            if finding.code == findings.Code.OBJECT_MISSING
        ]
        self.assertEqual(names, {finding.object for finding in missing})
        self.assertGreater(result.proved, 0)
        self.assertLess(result.proved, len(data))

    def test_replay_of_storage_that_does_not_answer(self):
        records, _data = self.chain()
        self.stop_storage()
        result = self.replay(records)
        self.assertEqual(
            {findings.Code.OBJECT_UNREADABLE},
            {finding.code for finding in result.findings.listed},
        )

    def test_sizes_of_the_objects(self):
        record = self.backup()
        ends = ('-00001', '-00002', chunked.SHA256, chunked.METADATA)
        expected = {
            record.service_metadata + end: len(self.read(record, end))
            for end in ends
        }
        storage = self.repository.storage
        found = storage.sizes(record.container, record.service_metadata)
        self.assertEqual(expected, dict(found))


class ExistenceTests(ReplayTests):
    """The tests that every chunked driver's repository has to pass."""

    def find_missing(self, records):
        return lookups.find_missing(self.repository, records)

    def assertComplete(self, record):
        self.assertEqual({}, self.find_missing([record]))

    def assertMissing(self, pattern, record):
        """Assert that the data is missing, for a reason in words."""
        found = self.find_missing([record])
        self.assertEqual([record.id], list(found))
        self.assertRegex(found[record.id], pattern)
        fault = self.repository.find_faults([record])[record.id]
        self.assertEqual(Reason.DATA_MISSING, fault.code)
        self.assertIn(found[record.id], str(fault))

    def count_listings(self):
        """Return a list that grows by one with each listing."""
        raise NotImplementedError

    def stop_storage(self):
        """Make the storage unreadable."""
        raise NotImplementedError

    def test_listing(self):
        self.assertIs(self.repository, self.repository.listing)
        records = [self.backup(), self.backup(container='elsewhere')]
        # Of no backup.
        with self.driver.get_object_writer('elsewhere', 'other') as writer:
            writer.write(b'other')
        expected = {
            (record.container, record.service_metadata, record.id)
            for record in records
        }
        ids = {record.id for record in records}
        found = {
            one
            for one in self.repository.find_stored(['elsewhere', 'nowhere'])
            # A storage may be that of other tests, too.
            if one.backup_id in ids or one.container == 'elsewhere'
        }
        self.assertEqual(expected, found)
        stored = found.pop()
        self.assertTrue(self.repository.is_stored(stored))
        for other in (
            stored._replace(container='nowhere'),
            stored._replace(prefix=f'x{stored.prefix}'),
            stored._replace(prefix=stored.prefix[:-1]),
        ):
            self.assertFalse(self.repository.is_stored(other))

    def test_volume_metadata(self):
        record = self.backup()
        written = json.loads(self.read(record, chunked.METADATA))
        self.assertEqual(
            written['volume_meta'], self.repository.volume_metadata(record)
        )
        self.edit(record, volume_meta=...)
        self.assertIsNone(self.repository.volume_metadata(record))
        for wrong in 7, {}:
            self.edit(record, volume_meta=wrong)
            self._assert_no_volume_metadata(record)
        self.remove(record, chunked.METADATA)
        self._assert_no_volume_metadata(record)

    def _assert_no_volume_metadata(self, record):
        error = self.assertRaises(
            exception.Refused, self.repository.volume_metadata, record
        )
        self.assertEqual(Reason.DATA_MISSING, error.code)

    def test_full_backup(self):
        record = self.backup()
        self.assertEqual(2, record.object_count)
        details = json.loads(self.read(record, chunked.METADATA))['objects']
        self.assertEqual(
            ['none', 'zlib'],
            [entry['compression'] for [entry] in map(dict.values, details)],
        )
        self.assertComplete(record)

    def test_copy(self):
        record, other = self.backup(), self.backup()
        values = record.values() | {'id': other.id}
        copy = objects.BackupRecord(self.context, **values)
        self.assertEqual(record.id, self.repository.source_id(copy))
        self.assertEqual({}, self.find_missing([record, copy]))
        self.edit(record, backup_id=other.id)
        self.assertMissing('names another backup_id', copy)

    def test_incremental_backup(self):
        volume, data = self.volume(), self.data()
        parent = self.backup(volume, data)
        child = self.backup(
            volume, data[:CHUNK] + b'1' * CHUNK, parent_id=parent.id
        )
        self.assertEqual(1, child.object_count)
        self.assertEqual({}, self.find_missing([parent, child]))

    def test_incremental_backup_without_changes(self):
        volume, data = self.volume(), self.data()
        parent = self.backup(volume, data)
        child = self.backup(volume, data, parent_id=parent.id)
        self.assertEqual(0, child.object_count)
        self.assertComplete(child)

    def test_nothing_in_the_storage_is_changed(self):
        record = self.backup()
        before = self._contents(record)
        self.assertComplete(record)
        self.assertEqual(before, self._contents(record))

    def _contents(self, record):
        names = self.driver.get_container_entries(record.container, '')
        start = len(record.service_metadata)
        return {name: self.read(record, name[start:]) for name in names}

    def test_missing_object(self):
        record = self.backup()
        self.remove(record, '-00002')
        self.assertMissing('1 of its 2 objects .* _?.*-00002', record)

    def test_truncated_object(self):
        record = self.backup()
        self.write(record, '-00001', self.read(record, '-00001')[:-1])
        self.assertMissing('-00001 has 65535 bytes.* the 65536', record)

    def test_longer_object(self):
        record = self.backup()
        self.write(record, '-00001', self.read(record, '-00001') + b'x')
        self.assertMissing('-00001 has 65537 bytes', record)

    def test_empty_compressed_object(self):
        record = self.backup()
        self.write(record, '-00002', b'')
        self.assertMissing('-00002 has 0 bytes', record)

    def test_compressed_object_larger_than_its_data(self):
        record = self.backup()
        self.write(record, '-00002', os.urandom(CHUNK * 2))
        self.assertMissing('-00002 has 131072 bytes', record)

    def test_object_too_many(self):
        record = self.backup()
        self.write(record, '-00003', b'data')
        self.assertMissing('1 objects have its prefix .*-00003', record)

    def test_hashes_missing(self):
        record = self.backup()
        self.remove(record, chunked.SHA256)
        self.assertMissing(
            'object of hashes, .*_sha256file, is missing', record
        )

    def test_metadata_missing(self):
        record = self.backup()
        self.remove(record, chunked.METADATA)
        self.assertMissing('its metadata object is missing', record)

    def test_metadata_of_others(self):
        record, other = self.backup(), self.backup()
        for key, value in (
            ('backup_id', other.id),
            ('volume_id', other.volume_id),
            ('parent_id', other.id),
        ):
            before = self.read(record, chunked.METADATA)
            self.edit(record, **{key: value})
            self.assertMissing(f'names another {key}', record)
            self.write(record, chunked.METADATA, before)
            self.assertComplete(record)

    def test_metadata_with_objects_of_others(self):
        record, other = self.backup(), self.backup()
        theirs = json.loads(self.read(other, chunked.METADATA))['objects']
        self.edit(record, objects=theirs)
        self.assertMissing('objects that are not of this backup', record)

    def test_metadata_is_no_json(self):
        record = self.backup()
        self.write(record, chunked.METADATA, b'{"objects": [')
        self.assertMissing('cannot be read as JSON', record)

    def test_metadata_too_large(self):
        record = self.backup()
        size = len(self.read(record, chunked.METADATA))
        self.useFixture(
            fixtures.MonkeyPatch(
                'cinder_backup_meta.formats.json_stream.MAX_SIZE', size
            )
        )
        self.assertComplete(record)
        padding = self.read(record, chunked.METADATA) + b' '
        self.write(record, chunked.METADATA, padding)
        # Not even read: an object may be larger than the memory.
        self.useFixture(
            fixtures.MockPatchObject(
                self.repository, '_open', side_effect=MemoryError
            )
        )
        self.assertMissing('metadata object is larger than', record)

    def test_metadata_is_read_in_parts(self):
        record = self.backup()
        padding = b' ' * 2**20
        content = self.read(record, chunked.METADATA) + padding
        self.write(record, chunked.METADATA, content)
        sizes = []
        read = json_stream.Reader.read

        def count(reader, size):
            data = read(reader, size)
            sizes.append(len(data))
            return data

        self.useFixture(
            fixtures.MockPatchObject(json_stream.Reader, 'read', count)
        )
        self.assertComplete(record)
        self.assertEqual(len(content), sum(sizes))
        self.assertLessEqual(max(sizes), 2**18)

    def test_metadata_that_is_not_read_to_its_end(self):
        record, other = self.backup(), self.backup()
        content = self.read(record, chunked.METADATA)
        content = content.replace(record.id.encode(), other.id.encode(), 1)
        self.write(record, chunked.METADATA, content + b' ' * 2**20)
        # In one thread, and so by one connection.
        self.config.config(lookup_threads=1, group='backup_meta')
        found = self.find_missing([record, other])
        self.assertEqual([record.id], list(found))

    def test_other_number_of_objects(self):
        record = self.backup()
        record.object_count = 1
        self.assertMissing(
            'lists 2 objects or more, but the record says 1', record
        )
        record.object_count = 4
        self.assertMissing('lists 2 objects, but the record says 4', record)

    def test_other_size(self):
        record = self.backup()
        record.size = 100
        self.assertMissing('1 GiB, but the size in the record is 100', record)
        # Without what Cinder keeps of the volume, by the objects.
        self.edit(record, volume_meta=None)
        self.assertMissing('1 GiB, but the size in the record is 100', record)
        record.size = 1
        self.assertComplete(record)

    def test_other_size_of_an_incremental_backup(self):
        volume, data = self.volume(), self.data()
        parent = self.backup(volume, data)
        child = self.backup(volume, data, parent_id=parent.id)
        child.size = 100
        self.assertMissing('1 GiB, but the size in the record is 100', child)
        # By the hashes, as no object is listed.
        self.edit(child, volume_meta=None)
        self.assertMissing('1 GiB, but the size in the record is 100', child)
        child.size = 1
        self.assertComplete(child)

    def test_number_of_objects_not_recorded(self):
        record = self.backup()
        record.object_count = None
        self.assertComplete(record)

    def test_number_of_objects_as_counted_before_14(self):
        record = self.backup()
        record.object_count = 3
        self.assertComplete(record)

    def test_backup_from_before_incremental_ones(self):
        record = self.backup()
        self.edit(record, parent_id=...)
        self.remove(record, chunked.SHA256)
        self.assertComplete(record)

    def test_nothing_there(self):
        record = self.backup(container='shared')
        self.backup(container='shared')
        for end in ('-00001', '-00002', chunked.SHA256, chunked.METADATA):
            self.remove(record, end)
        self.assertMissing('all of its objects are missing', record)

    def test_container_missing(self):
        record = self.backup()
        record.container = 'never-made'
        self.assertMissing('its container is missing', record)

    def test_many_in_one_container(self):
        records = self.copies(50, container='shared')
        lost = records[10], records[42]
        for record in lost:
            self.remove(record, '-00001')
        listings = self.count_listings()
        found = self.find_missing(records)
        self.assertEqual({record.id for record in lost}, set(found))
        self.assertEqual(1, len(listings))

    def test_many_in_many_containers(self):
        records = []
        for number in range(3):
            records += self.copies(4, container=f'shared-{number}')
        listings = self.count_listings()
        self.assertEqual({}, self.find_missing(records))
        self.assertEqual(3, len(listings))

    def test_one_listing_asks_for_no_more_than_it_needs(self):
        record = self.backup(container='shared')
        self.backup(container='shared')
        names = dict(self.repository._list('shared', record.service_metadata))
        self.assertEqual(4, len(names))

    def test_storage_that_does_not_answer(self):
        record = self.backup()
        self.stop_storage()
        logger = self.useFixture(fixtures.FakeLogger())
        error = self.assertRaises(
            exception.Refused, self.find_missing, [record]
        )
        self.assertEqual(Reason.DATA_UNREADABLE, error.code)
        self.assertIn('cannot be read', str(error))
        self.assertNotIn('\n', str(error))
        self.assertNotIn('Traceback', logger.output)
