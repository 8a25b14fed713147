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

"""What the benchmark makes of its measurements."""

import contextlib
import io
import json
import pathlib
import random

import fixtures
import testtools

from cinder_backup_meta.tests.fullstack import population
from cinder_backup_meta.tests.unit.formats import backups
from tools.benchmark import data
from tools.benchmark import engine
from tools.benchmark import meter
from tools.benchmark import report


def _measured(steps):
    records, seconds = steps[-1]
    return meter.Measured(records=records, seconds=seconds, steps=steps)


class TestReport(testtools.TestCase):
    def test_ratio_is_that_of_the_same_work(self):
        found = {
            'stock export': _measured([(10, 1.0)]),
            'stock import': _measured([(10, 2.0)]),
            'export': _measured([(1000, 1.0)]),
            'many: import, verify none': _measured([(1000, 1.0)]),
            'many: recover': _measured([(1000, 1.0)]),
            'single export': _measured([(12, 1.0)]),
            'single import, verify exists': _measured([(12, 1.0)]),
        }
        self.assertEqual(
            [None, None, 100.0, 200.0, None, 1.2, 2.4],
            [report.ratio(name, found) for name in found],
        )

    def test_small_ratios_have_a_decimal_place(self):
        self.assertEqual(
            ['', '1.2', '2,000'],
            [report._times(ratio) for ratio in (None, 1.234, 2000.4)],
        )

    def test_ratio_of_data_is_that_of_the_same_backups(self):
        found = {
            'data: zlib, full: stock restore': _measured([(100, 1.0)]),
            'data: zlib, chain: stock restore': _measured([(100, 2.0)]),
            'data: zlib, chain: replay, 2 threads': _measured([(100, 0.5)]),
            'data: zlib, chain: limit, 2 threads': _measured([(100, 0.25)]),
        }
        self.assertEqual(
            [None, None, 4.0, None],
            [report.ratio(name, found) for name in found],
        )

    def test_rates_at_the_edges(self):
        steps = [(n * 1000, float(n)) for n in range(1, 31)]
        # The last ten thousand take twice as long.
        steps += [(n * 1000, 30.0 + 2 * (n - 30)) for n in range(31, 41)]
        self.assertEqual((1000.0, 500.0), report.edges(_measured(steps)))

    def test_no_edges_where_it_is_not_known_how_it_went_on(self):
        self.assertIsNone(report.edges(_measured([(0, 1.0), (40000, 2.0)])))
        self.assertIsNone(report.edges(_measured([(1000, 1.0), (2000, 2.0)])))


class TestPopulation(testtools.TestCase):
    def test_chains(self):
        rows = population.make(5000, 'host')
        known = {}
        for row in rows:
            if row['parent_id']:
                parent = known[row['parent_id']]
                for name in ('volume_id', 'project_id'):
                    self.assertEqual(parent[name], row[name])
                self.assertLess(parent['created_at'], row['created_at'])
                parent['children'] = parent.get('children', 0) + 1
            known[row['id']] = row
        self.assertEqual(5000, len(known))
        for row in rows:
            self.assertEqual(
                row.get('children', 0), row['num_dependent_backups']
            )
        self.assertEqual(
            population.PROJECTS, len({row['project_id'] for row in rows})
        )

    def test_the_same_each_time(self):
        self.assertEqual(population.make(50, 'a'), population.make(50, 'a'))


class TestData(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = self.useFixture(fixtures.TempDir()).path

    def test_half_of_the_blocks_change_in_runs(self):
        path = pathlib.Path(self.folder, 'volume')
        size = 64 * 2**20
        path.write_bytes(bytes(size))
        content = data.Content(1)
        content.fill(path, size)
        before = path.read_bytes()
        content.change(path, size, 100)
        after = path.read_bytes()
        self.assertEqual((size, size), (len(before), len(after)))
        changed = sum(
            before[place : place + 2**15] != after[place : place + 2**15]
            for place in range(0, size, 2**15)
        )
        # Runs can overlap, and zeros can come to where zeros are.
        self.assertGreater(changed, 60)
        self.assertLessEqual(changed, 100)

    def _run(self, work, writer):
        output = io.StringIO()
        stream = io.StringIO(json.dumps(writer.backups))
        self.useFixture(fixtures.MonkeyPatch('sys.stdin', stream))
        with contextlib.redirect_stdout(output):
            engine.main([work, self.folder, '2'])
        return json.loads(output.getvalue())

    def test_engine_and_limit(self):
        for name in ('none', 'zlib', 'bz2', 'zstd'):
            writer = backups.Writer(self.folder, name=name, seed=name)
            for volume in backups.states(random.Random(1), 2**16, 2**10, 4):
                writer.write(volume)
            for work in ('replay', 'limit'):
                found = self._run(work, writer)
                self.assertEqual(2**16, found['bytes'])
                self.assertGreater(found['seconds'], 0)
                self.assertGreater(found['peak'], 2**20)

    def test_limit_does_all_of_the_work(self):
        rng = random.Random(1)
        writer = backups.Writer(self.folder, chunk=2**16, name='zlib')
        volume = backups.some_bytes(rng, 2**16)
        writer.write(volume)
        hashed, real = [], engine.hashlib

        class Counting:
            def __getattr__(self, name):
                return getattr(real, name)

            def sha256(self, block):
                hashed.append(bytes(block))
                return real.sha256(block)

        self.useFixture(
            fixtures.MonkeyPatch('tools.benchmark.engine.hashlib', Counting())
        )
        self._run('limit', writer)
        self.assertEqual(2 * len(volume), sum(map(len, hashed)))

    def test_replay_that_proves_nothing_is_no_measurement(self):
        writer = backups.Writer(self.folder)
        writer.write(bytes(5000))
        writer.path(0, '_sha256file').unlink()
        self.assertRaises(AssertionError, self._run, 'replay', writer)
