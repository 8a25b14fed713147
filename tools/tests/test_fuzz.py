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


import json
import pathlib

import fixtures
import testtools

from cinder_backup_meta import reasons
from cinder_backup_meta.tests import oracle
from cinder_backup_meta.tests import samples
from tools.fuzz import corpus
from tools.fuzz import mutations


def _of_bytes(data, largest):
    """Stand in for the fuzzer's own change of bytes."""
    return (data + b'!')[:largest]


class TestCorpus(testtools.TestCase):
    def test_begins_with_records_of_every_release(self):
        outcomes = [
            oracle.check(read)
            for seed in corpus.seeds()
            for read in (seed.decode(), samples.encode(seed))
        ]
        self.assertLess(len(samples.RELEASES), outcomes.count(None))
        self.assertIn(reasons.Reason.DUPLICATE_FIELD, outcomes)

    def test_files(self):
        folder = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        corpus.write(folder, folder / 'dictionary')
        words = (folder / 'dictionary').read_text().splitlines()
        self.assertIn(r'"\x22size\x22: "', words)
        for word in words:
            self.assertRegex(word, r'^"([^"\\]|\\x[0-9a-f]{2})+"$')
        self.assertEqual(len(corpus.seeds()), len(list(folder.glob('seed-*'))))


class TestMutations(testtools.TestCase):
    record = json.dumps(samples.record()).encode()

    def _mutate(self, data, seed, largest=4096):
        return mutations.mutate(data, largest, seed, _of_bytes)

    def test_same_seed_same_change(self):
        for seed in range(50):
            self.assertEqual(
                self._mutate(self.record, seed),
                self._mutate(self.record, seed),
            )

    def test_many_changes_and_many_rules_reached(self):
        changed = {self._mutate(self.record, seed) for seed in range(500)}
        self.assertLess(150, len(changed))
        codes = {
            oracle.check(samples.encode(document)) for document in changed
        }
        self.assertLessEqual(
            {
                None,
                reasons.Reason.DUPLICATE_FIELD,
                reasons.Reason.INVALID_FIELD,
                reasons.Reason.MISSING_FIELD,
                reasons.Reason.RECORD_NOT_JSON,
            },
            codes,
        )

    def test_what_is_no_object_is_changed_by_bytes(self):
        for data in (b'', b'7', b'{}', b'[1]', b'\xff', b'[' * 5000):
            self.assertEqual(data + b'!', self._mutate(data, 1, 10000))

    def test_no_larger_than_allowed(self):
        for seed in range(100):
            self.assertGreaterEqual(
                50, len(self._mutate(self.record, seed, 50))
            )
