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

"""Chains that are replayed, whole and with faults."""

import contextlib
import itertools
import json
import random
import shutil
import tracemalloc

import fixtures
import testscenarios

from cinder_backup_meta.formats import findings
from cinder_backup_meta.formats import replay
from cinder_backup_meta.formats import storage
from cinder_backup_meta.tests.unit import base
from cinder_backup_meta.tests.unit.formats import backups

load_tests = testscenarios.load_tests_apply_scenarios

Code = findings.Code
BLOCK = 1024
CHUNK = 8 * BLOCK
LARGE = 'cinder_backup_meta.formats.reading._LARGE'


class Sink:
    """Puts together what a replay hands over."""

    def __init__(self, size):
        self.volume = bytearray(size)
        self.proved = bytearray(size)
        self.times = bytearray(size)

    def __call__(self, offset, data, proved):
        end = offset + len(data)
        self.volume[offset:end] = data
        self.proved[offset:end] = bytes([proved]) * len(data)
        for place in range(offset, end):
            self.times[place] += 1


class ReplayTestCase(base.TestCase):
    def writer(self, **options):
        folder = self.useFixture(fixtures.TempDir()).path
        return backups.Writer(folder, **{'block': BLOCK, **options})

    def chain(self, number=4, size=40 * BLOCK, seed=1, **options):
        """Return a chain and the bytes of the newest backup's volume."""
        writer = self.writer(chunk=CHUNK, **options)
        for volume in backups.states(random.Random(seed), size, BLOCK, number):
            writer.write(volume)
        return writer, volume

    def replay(self, writer, volume, threads=1):
        """Replay; check what holds whatever is wrong; return both."""
        sink = Sink(len(volume) + 64 * BLOCK)
        result = replay.replay(writer.storage, writer.backups, threads, sink)
        self.assertEqual(result.size, result.proved + result.unproved.size)
        self.assertEqual(result.proved, sum(sink.proved))
        for start, end in result.unproved:
            self.assertNotIn(1, sink.proved[start:end])
        self.assertLessEqual(max(sink.times), 1)
        for place, proved in enumerate(sink.proved[: len(volume)]):
            if proved and volume[place] != sink.volume[place]:
                self.fail(f'{place} is called proved and is wrong')
        return result, sink

    def found(self, result):
        return {finding.code for finding in result.findings.listed}

    def assert_all_proved(self, writer, volume, threads=1):
        result, sink = self.replay(writer, volume, threads)
        self.assertEqual((len(volume),) * 2, (result.size, result.proved))
        self.assertEqual(volume, bytes(sink.volume[: len(volume)]))
        return result

    def assert_right(self, writer, volume, threads=1):
        result = self.assert_all_proved(writer, volume, threads)
        self.assertEqual([], result.findings.listed)
        self.assertTrue(result.is_right)
        return result


class TestWhole(ReplayTestCase):
    scenarios = [
        (f'{name}, {threads} threads', {'name': name, 'threads': threads})
        for name in backups.COMPRESS
        for threads in (1, 3)
    ]

    def test_chains(self):
        for seed in range(12):
            # Half of them as if all objects were large.
            self.useFixture(fixtures.MonkeyPatch(LARGE, seed % 2 * 2**22))
            rng = random.Random(seed)
            writer, volume = self.chain(
                number=rng.randrange(1, 8),
                size=rng.randrange(1, 60 * BLOCK),
                seed=seed,
                name=self.name,
            )
            self.assert_right(writer, volume, self.threads)

    def test_pieces_of_a_large_object(self):
        rng = random.Random(2)
        volume = backups.some_bytes(rng, 5 * 2**20 + 100)
        for block in (512, 32768, 1000, 2**20):
            writer = self.writer(
                block=block, chunk=block * 10000, name=self.name
            )
            writer.write(volume)
            self.assert_right(writer, volume, self.threads)


class TestReading(ReplayTestCase):
    def test_each_byte_is_read_once_however_many_increments(self):
        volume = bytearray(random.Random(1).randbytes(8 * BLOCK))
        writer = self.writer(chunk=8 * BLOCK)
        for number in range(30):
            volume[: 4 * BLOCK] = bytes([number + 1]) * (4 * BLOCK)
            writer.write(bytes(volume))
        result = self.assert_right(writer, bytes(volume))
        self.assertEqual(
            (2, 12 * BLOCK), (result.objects, result.read), 'twice or not'
        )

    def test_superseded_object_is_not_read(self):
        writer = self.writer(chunk=BLOCK)
        for value in b'abc':
            volume = bytes([value]) * (4 * BLOCK)
            writer.write(volume)
        for number in range(1, 5):
            writer.path(2, f'-{number:05}').unlink()
        self.assert_right(writer, volume)
        checked = replay.check_data(writer.storage, writer.backups[2], 1)
        self.assertEqual({Code.OBJECT_MISSING}, self.found(checked))
        self.assertEqual(4, len(checked.findings))

    def test_check_of_the_data_of_one_backup(self):
        for name in backups.COMPRESS:
            writer, _volume = self.chain(name=name)
            for backup in writer.backups:
                for threads in (1, 3):
                    found = replay.check_data(writer.storage, backup, threads)
                    self.assertEqual([], found.findings.listed)
                    self.assertEqual(found.size, found.read)
            self.assertEqual(40 * BLOCK, found.read)

    def test_check_reads_what_describes_the_backup(self):
        for suffix in ('_metadata', '_sha256file'):
            writer, _volume = self.chain()
            document = writer.read_json(1, suffix)
            writer.write_json(1, suffix, document | {'backup_name': 'x'})
            found = replay.check_data(writer.storage, writer.backups[1], 1)
            self.assertEqual(HASHES, self.found(found))
            document.pop('version')
            writer.write_json(1, suffix, document)
            found = replay.check_data(writer.storage, writer.backups[1], 1)
            self.assertFalse(found.is_right)
            writer.path(1, suffix).unlink()
            found = replay.check_data(writer.storage, writer.backups[1], 1)
            self.assertEqual(MISSING, self.found(found))

    def test_backup_from_before_there_were_hashes(self):
        writer = self.writer(chunk=CHUNK)
        volume = random.Random(1).randbytes(20 * BLOCK)
        writer.write(volume)
        document = writer.read_json(0, '_metadata')
        del document['parent_id'], document['volume_meta']
        writer.write_json(0, '_metadata', document)
        # With hashes it is not old, but damaged.
        result, _sink = self.replay(writer, volume)
        self.assertEqual(METADATA, self.found(result))
        self.assertEqual(len(volume), result.proved)
        writer.path(0, '_sha256file').unlink()
        result, sink = self.replay(writer, volume)
        self.assertEqual({Code.HASHES_ABSENT}, self.found(result))
        self.assertEqual(volume, bytes(sink.volume[: len(volume)]))
        self.assertEqual((0, len(volume)), (result.proved, result.size))

    def test_memory_does_not_grow_with_an_object(self):
        writer = self.writer(block=32768, chunk=2**26, name='zlib')
        volume = bytes(2**26)
        writer.write(volume)
        for threads in (1, 2):
            tracemalloc.start()
            self.addCleanup(tracemalloc.stop)
            result = replay.replay(writer.storage, writer.backups, threads)
            _now, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            self.assertEqual(len(volume), result.proved)
            self.assertLess(peak, 16 * 2**20)

    def test_pace_is_called_for_each_byte(self):
        writer, volume = self.chain()
        sizes = []
        for threads in (1, 3):
            result = replay.replay(
                writer.storage, writer.backups, threads, pace=sizes.append
            )
            self.assertEqual(result.read, sum(sizes))
            sizes.clear()

    def test_what_the_sink_or_the_pace_raises_ends_it(self):
        writer, _volume = self.chain(number=6)

        class Full(Exception):
            pass

        def fail(*_args):
            raise Full()

        for threads, large in itertools.product((1, 3), (1, 2**22)):
            self.useFixture(fixtures.MonkeyPatch(LARGE, large))
            for arguments in ({'sink': fail}, {'pace': fail}):
                self.assertRaises(
                    Full,
                    replay.replay,
                    writer.storage,
                    writer.backups,
                    threads,
                    **arguments,
                )


class FailingStorage(storage.Folder):
    """Fails when some objects are opened, or when they are read.

    No storage that runs here can be made to fail in the middle of an answer.
    """

    def __init__(self, path, suffix, when):
        super().__init__(path)
        self._suffix = suffix
        self._when = when

    @contextlib.contextmanager
    def open(self, container, name):
        with super().open(container, name) as stream:
            if not name.endswith(self._suffix):
                yield stream
            elif self._when == 'open':
                raise ConnectionError('503 Slow Down')
            else:
                yield self

    def read(self, size):
        # It is a ValueError, as damage is.
        raise UnicodeError('no more')


def edit(suffix, change):
    """Return a fault: a change of a describing object of the newest."""

    def fault(test, writer):
        document = writer.read_json(test.position, suffix)
        change(document)
        writer.write_json(test.position, suffix, document)

    return fault


def entry(change, number=0):
    """Return a fault: a change of an entry of the list of objects."""

    def change_entry(document):
        [details] = document['objects'][number].values()
        change(details)

    return edit('_metadata', change_entry)


def text(suffix, content):
    return lambda test, writer: writer.path(test.position, suffix).write_bytes(
        content
    )


def remove(suffix):
    return lambda test, writer: writer.path(test.position, suffix).unlink()


def remove_backup(test, writer):
    shutil.rmtree(writer.path(test.position, '').parent)


def truncate(suffix, size):
    def fault(test, writer):
        content = writer.path(test.position, suffix).read_bytes()
        writer.path(test.position, suffix).write_bytes(content[:size])

    return fault


def append(suffix):
    def fault(test, writer):
        with writer.path(test.position, suffix).open('ab') as stream:
            stream.write(b'x')

    return fault


def swap_objects(document):
    objects = document['objects']
    objects[0], objects[1] = objects[1], objects[0]


def forge(test, writer):
    """Change data, and its MD5 with it."""
    data = bytes(test.length(writer))
    writer.path(test.position, '-00001').write_bytes(data)
    entry(
        lambda details: details.update(
            compression='none', md5=backups.md5(data)
        )
    )(test, writer)


def cut_out_of_the_list(test, writer):
    del writer.backups[test.position]


def longer(details):
    details['length'] += BLOCK


def shorter(details):
    details['length'] -= BLOCK


def later(details):
    details['offset'] += 1


MISSING = {Code.OBJECT_MISSING}
DAMAGED = {Code.OBJECT_DAMAGED}
METADATA = {Code.METADATA_DAMAGED}
HASHES = {Code.HASHES_DAMAGED}
FULL = 2


class TestFaults(ReplayTestCase):
    """Each fault is named, and raises nothing.

    ``position`` is that of the backup in the chain of three; ``codes`` are
    among those found; with ``all_proved`` the fault harms no data.
    """

    position = FULL
    all_proved = False
    options = {}
    scenarios = [
        ('missing object', {'fault': remove('-00001'), 'codes': MISSING}),
        (
            'truncated object',
            {'fault': truncate('-00001', 700), 'codes': DAMAGED},
        ),
        ('empty object', {'fault': truncate('-00001', 0), 'codes': DAMAGED}),
        ('longer object', {'fault': append('-00001'), 'codes': DAMAGED}),
        (
            'MD5 of other data',
            {
                'fault': entry(lambda details: details.update(md5='0' * 32)),
                'codes': {Code.MD5_WRONG},
                'position': 0,
                'all_proved': True,
            },
        ),
        (
            'MD5 of another form',
            {
                'fault': entry(
                    lambda details: details.update(md5=details['md5'].upper())
                ),
                'codes': METADATA,
            },
        ),
        (
            'no MD5',
            {'fault': entry(lambda d: d.pop('md5')), 'codes': METADATA},
        ),
        (
            'other data and its MD5',
            {'fault': forge, 'codes': {Code.HASHES_WRONG}},
        ),
        (
            'backup gone in the middle',
            {'fault': remove_backup, 'codes': MISSING, 'position': 1},
        ),
        (
            'newest gone',
            {'fault': remove_backup, 'codes': MISSING, 'position': 0},
        ),
        ('full backup gone', {'fault': remove_backup, 'codes': MISSING}),
        (
            'parent not in the chain',
            {
                'fault': cut_out_of_the_list,
                'codes': {Code.CHAIN_BROKEN},
                'position': 1,
            },
        ),
        (
            'no full backup in the chain',
            {'fault': cut_out_of_the_list, 'codes': {Code.CHAIN_BROKEN}},
        ),
        (
            'another volume',
            {
                'fault': edit('_metadata', lambda d: d.update(volume_id='x')),
                'codes': {Code.CHAIN_BROKEN},
                'all_proved': True,
            },
        ),
        (
            'another backup',
            {
                'fault': edit('_metadata', lambda d: d.update(backup_id='x')),
                'codes': METADATA,
                'all_proved': True,
            },
        ),
        (
            'unsorted objects',
            {'fault': edit('_metadata', swap_objects), 'codes': METADATA},
        ),
        ('overlap', {'fault': entry(longer), 'codes': METADATA}),
        (
            'hole',
            {
                'fault': edit('_metadata', lambda d: d['objects'].pop(1)),
                'codes': {Code.DATA_ABSENT},
            },
        ),
        (
            'object longer than listed',
            {'fault': entry(shorter), 'codes': DAMAGED},
        ),
        ('no block', {'fault': entry(later), 'codes': METADATA}),
        (
            'beyond the end',
            {
                'fault': entry(longer, -1),
                'codes': {Code.DATA_BEYOND_END},
                'position': 0,
            },
        ),
        (
            'far beyond the end',
            {
                'fault': entry(lambda d: d.update(length=2**62), -1),
                'codes': {Code.DATA_BEYOND_END},
                'position': 0,
            },
        ),
        (
            'full backup longer than the hashes',
            {'fault': entry(longer, -1), 'codes': HASHES},
        ),
        (
            'negative offset',
            {'fault': entry(lambda d: d.update(offset=-1)), 'codes': METADATA},
        ),
        (
            'no length',
            {'fault': entry(lambda d: d.update(length=0)), 'codes': METADATA},
        ),
        (
            'huge length',
            {
                'fault': entry(lambda d: d.update(length=2**80)),
                'codes': METADATA,
            },
        ),
        (
            'length of True',
            {
                'fault': entry(lambda d: d.update(length=True)),
                'codes': METADATA,
            },
        ),
        (
            'unknown compression',
            {
                'fault': entry(lambda d: d.update(compression='lz4')),
                'codes': METADATA,
            },
        ),
        (
            'another compression',
            {
                'fault': entry(lambda d: d.update(compression='bz2')),
                'codes': DAMAGED,
            },
        ),
        (
            'object of another backup',
            {
                'fault': edit(
                    '_metadata', lambda d: d.update(objects=[{'x-00001': {}}])
                ),
                'codes': METADATA,
            },
        ),
        (
            'entry without details',
            {
                'fault': edit('_metadata', lambda d: d.update(objects=[7])),
                'codes': METADATA,
            },
        ),
        (
            'no list',
            {
                'fault': edit('_metadata', lambda d: d.update(objects={})),
                'codes': METADATA,
            },
        ),
        (
            'unknown version',
            {
                'fault': edit('_metadata', lambda d: d.update(version='2')),
                'codes': METADATA,
                'all_proved': True,
            },
        ),
        ('no metadata', {'fault': remove('_metadata'), 'codes': MISSING}),
        ('no JSON', {'fault': text('_metadata', b'{"a'), 'codes': METADATA}),
        ('a list', {'fault': text('_metadata', b'[]'), 'codes': METADATA}),
        (
            'half of the metadata',
            {'fault': truncate('_metadata', 900), 'codes': METADATA},
        ),
        (
            'deep metadata',
            {'fault': text('_metadata', b'[' * 10**6), 'codes': METADATA},
        ),
        (
            'no hashes',
            {'fault': remove('_sha256file'), 'codes': MISSING, 'position': 0},
        ),
        (
            'half of the hashes',
            {
                'fault': truncate('_sha256file', 900),
                'codes': HASHES,
                'position': 0,
            },
        ),
        *(
            (
                f'hashes with {name} {value!r:.20}',
                {
                    'fault': edit(
                        '_sha256file',
                        lambda d, name=name, value=value: d.update(
                            {name: value}
                        ),
                    ),
                    'codes': HASHES,
                    'position': 0,
                },
            )
            for name, value in [
                ('chunk_size', 0),
                ('chunk_size', 2 * BLOCK),
                ('chunk_size', 2**40),
                ('chunk_size', True),
                ('chunk_size', '1024'),
                ('sha256s', {}),
                ('sha256s', []),
                ('sha256s', [None]),
                ('sha256s', ['0' * 63]),
                ('sha256s', ['0' * 64]),
                ('sha256s', [' 0' * 64]),
                ('sha256s', ['A' * 64]),
            ]
        ),
        (
            'hashes of another backup',
            {
                'fault': edit(
                    '_sha256file', lambda d: d.update(backup_id='x')
                ),
                'codes': HASHES,
                'position': 0,
                'all_proved': True,
            },
        ),
    ]

    def length(self, writer):
        [details] = writer.read_json(self.position, '_metadata')['objects'][
            0
        ].values()
        return details['length']

    def test_is_named(self):
        for threads, large in itertools.product((1, 3), (1, 2**22)):
            self.useFixture(fixtures.MonkeyPatch(LARGE, large))
            writer, volume = self.chain(number=3, name='zlib')
            self.fault(self, writer)
            if self.all_proved:
                result = self.assert_all_proved(writer, volume, threads)
            else:
                result, _sink = self.replay(writer, volume, threads)
            self.assertFalse(result.is_right)
            self.assertEqual(self.codes, self.codes & self.found(result))


class TestUnreadable(ReplayTestCase):
    scenarios = [
        (f'{suffix} at {when}', {'suffix': suffix, 'when': when})
        for suffix in ('-00001', '_metadata', '_sha256file')
        for when in ('open', 'read')
    ]

    def test_is_not_called_missing_or_damaged(self):
        writer, volume = self.chain()
        writer.storage = FailingStorage(
            writer.storage.path, self.suffix, self.when
        )
        result, _sink = self.replay(writer, volume)
        self.assertIn(Code.OBJECT_UNREADABLE, self.found(result))
        self.assertNotIn(Code.OBJECT_MISSING, self.found(result))
        self.assertNotIn(Code.OBJECT_DAMAGED, self.found(result))


class TestBits(ReplayTestCase):
    """One flipped bit, in one byte after the other."""

    scenarios = [
        (
            f'{suffix} of {name}',
            {'suffix': suffix, 'name': name, 'step': step},
        )
        for suffix, step in [
            ('_metadata', 1),
            ('_sha256file', 1),
            ('-00001', 5),
        ]
        for name in ('none', 'zlib', 'bz2', 'zstd')
        # The others have the same describing objects.
        if suffix == '-00001' or name == 'zlib'
    ]

    def test_is_named(self):
        rng = random.Random(7)
        writer = self.writer(name=self.name)
        volume = backups.some_bytes(rng, 3 * BLOCK + 100)
        writer.write(volume)
        path = writer.path(0, self.suffix)
        content = path.read_bytes()
        for place in range(0, len(content), self.step):
            changed = bytearray(content)
            changed[place] ^= 1 << rng.randrange(8)
            path.write_bytes(changed)
            result, sink = self.replay(writer, volume)
            if result.is_right:
                self.assert_same(content, changed, sink, volume)

    def assert_same(self, content, changed, sink, volume):
        """Some bits mean nothing."""
        self.assertEqual(volume, bytes(sink.volume[: len(volume)]))
        if self.suffix != '-00001':
            # The case of the compression's name.
            self.assertEqual(
                json.loads(content.lower()), json.loads(changed.lower())
            )
            self.assertEqual('_metadata', self.suffix)


class TestBombs(ReplayTestCase):
    scenarios = [
        (name, {'name': name}) for name in backups.COMPRESS if name != 'none'
    ]

    def test_no_more_is_decompressed_than_is_listed(self):
        writer = self.writer(name=self.name)
        writer.write(bytes(4 * BLOCK))
        bomb = backups.COMPRESS[self.name](bytes(2**26))
        writer.path(0, '-00001').write_bytes(bomb)
        tracemalloc.start()
        self.addCleanup(tracemalloc.stop)
        result = replay.replay(writer.storage, writer.backups, 1)
        _now, peak = tracemalloc.get_traced_memory()
        self.assertLess(peak, 16 * 2**20)
        [finding] = result.findings.listed
        self.assertEqual(Code.OBJECT_DAMAGED, finding.code)
        self.assertIn('holds more than its 4096 bytes', finding.text)
        self.assertEqual(4 * BLOCK, result.read)

    def test_what_follows_the_compressed_data(self):
        writer = self.writer(name=self.name)
        writer.write(bytes(4 * BLOCK))
        with writer.path(0, '-00001').open('ab') as stream:
            stream.write(b'more')
        result = replay.replay(writer.storage, writer.backups, 1)
        self.assertEqual(DAMAGED, self.found(result))
        self.assertEqual(4 * BLOCK, result.proved)


class TestMany(ReplayTestCase):
    def test_findings_are_counted_beyond_the_limit(self):
        writer = self.writer(block=512, chunk=512)
        writer.write(random.Random(1).randbytes(1500 * 512))
        for number in range(1, 1501):
            writer.path(0, f'-{number:05}').unlink()
        result = replay.replay(writer.storage, writer.backups, 1)
        self.assertEqual(1000, len(result.findings.listed))
        self.assertEqual(1500, len(result.findings))
        self.assertEqual([(0, 1500 * 512)], list(result.unproved))
