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

"""Chains whose data is not read."""

import random

import fixtures

from cinder_backup_meta.formats import findings
from cinder_backup_meta.formats import storage
from cinder_backup_meta.formats import structure
from cinder_backup_meta.tests.unit import base
from cinder_backup_meta.tests.unit.formats import backups

Code = findings.Code


class Unread(storage.Folder):
    """Data must not be read."""

    def open(self, container, name):
        if not name.endswith(('_metadata', '_sha256file')):
            raise AssertionError(name)
        return super().open(container, name)


class TestCheck(base.TestCase):
    def setUp(self):
        super().setUp()
        folder = self.useFixture(fixtures.TempDir()).path
        self.writer = backups.Writer(folder, 1024, 4096, 'zlib')
        self.writer.storage = Unread(folder)
        for volume in backups.states(random.Random(3), 30 * 1024, 1024, 3):
            self.writer.write(volume)

    def found(self):
        found = structure.check(self.writer.storage, self.writer.backups)
        return {(finding.code, finding.object) for finding in found.listed}

    def name(self, position, suffix):
        return self.writer.path(position, suffix).name

    def test_nothing_is_wrong(self):
        self.assertEqual(set(), self.found())

    def test_each_fault_in_one_run(self):
        self.writer.path(2, '-00001').unlink()
        self.writer.path(2, '-00002').write_bytes(bytes(6000))
        self.writer.path(2, '-00003').write_bytes(b'')
        self.writer.path(1, '-00099').write_bytes(b'')
        self.writer.path(0, '_sha256file').unlink()
        self.assertEqual(
            {
                (Code.OBJECT_MISSING, self.name(2, '-00001')),
                (Code.OBJECT_DAMAGED, self.name(2, '-00002')),
                (Code.OBJECT_DAMAGED, self.name(2, '-00003')),
                (Code.OBJECT_UNEXPECTED, self.name(1, '-00099')),
                (Code.OBJECT_MISSING, self.name(0, '_sha256file')),
            },
            self.found(),
        )

    def test_faults_of_the_chain(self):
        del self.writer.backups[1]
        self.assertIn((Code.CHAIN_BROKEN, None), self.found())

    def test_listing_that_fails(self):
        class Failing(storage.Folder):
            def sizes(self, container, prefix):
                raise ConnectionError('503 Slow Down')

        self.writer.storage = Failing(self.writer.storage.path)
        self.assertEqual({(Code.OBJECT_UNREADABLE, None)}, self.found())
