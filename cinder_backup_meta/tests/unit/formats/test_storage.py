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

"""A folder with containers and objects."""

import os
import pathlib

import fixtures

from cinder_backup_meta.formats import storage
from cinder_backup_meta.tests.unit import base


class TestFolder(base.TestCase):
    def setUp(self):
        super().setUp()
        self.path = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        container = self.path / 'ab' / 'cd'
        container.mkdir(parents=True)
        (container / 'one-00001').write_bytes(b'data')
        (container / 'one-00002').mkdir()
        (container / 'two').write_bytes(b'')
        os.symlink(container / 'one-00001', container / 'one-00003')
        os.mkfifo(container / 'one-00004')
        self.folder = storage.Folder(str(self.path))

    def read(self, container, name):
        with self.folder.open(container, name) as stream:
            return stream.read(100)

    def test_open(self):
        self.assertEqual(b'data', self.read('ab/cd', 'one-00001'))

    def test_what_is_no_object(self):
        for container, name in [
            ('ab/cd', 'one-00002'),
            ('ab/cd', 'one-00004'),
            ('ab/cd', 'one-00005'),
            ('ab/ce', 'one-00001'),
            ('ab/cd/two', 'one-00001'),
            ('ab/cd/../cd', 'one-00001'),
            (str(self.path / 'ab' / 'cd'), 'one-00001'),
            ('ab', 'cd/one-00001'),
        ]:
            self.assertRaises(
                storage.ObjectMissing, self.read, container, name
            )

    def test_links_are_not_followed(self):
        self.assertRaises(OSError, self.read, 'ab/cd', 'one-00003')

    def test_sizes(self):
        self.assertEqual(
            [('one-00001', 4)], list(self.folder.sizes('ab/cd', 'one'))
        )
        self.assertRaises(
            storage.ObjectMissing, list, self.folder.sizes('ab/ce', '')
        )
