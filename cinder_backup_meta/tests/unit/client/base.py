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

"""Base class of the client's tests, with bundles to test with."""

import uuid

import fixtures
import testtools

from cinder_backup_meta.client import bundle
from cinder_backup_meta.client.bundle import format
from cinder_backup_meta.client import errors
from cinder_backup_meta.tests import samples

CLOUD = 'http://cloud.example/v3'


def backup_id(number):
    return str(uuid.UUID(int=number))


def entry(number, parent=None, **changes):
    """Return the record of a backup; its parent is a number too."""
    parent_id = backup_id(parent) if parent else None
    values = samples.record(
        id=backup_id(number), parent_id=parent_id, **changes
    )
    return format.Entry(
        values['id'], parent_id, samples.POSIX, samples.encode(values)
    )


def chains(number, length=3, first=1):
    """Return the records of chains, one chain after the other."""
    return [
        entry(n, parent=n - 1 if (n - first) % length else None)
        for n in range(first, first + number * length)
    ]


class TestCase(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = self.useFixture(fixtures.TempDir())

    def path(self, name='bundle'):
        return self.folder.join(name)

    def write_file(self, content, name='bundle'):
        with open(self.path(name), 'wb') as stream:
            stream.write(content)
        return stream.name

    def read_file(self, name='bundle'):
        with open(self.path(name), 'rb') as stream:
            return stream.read()

    def write_bundle(self, entries, name='bundle', page_size=2, **arguments):
        """Write a bundle page by page; return its path."""
        path = self.path(name)
        with bundle.write(path, CLOUD, **arguments) as writer:
            for start in range(0, len(entries), page_size):
                page = entries[start : start + page_size]
                writer.add_page(page, str(start + page_size))
            writer.add_page([], None)
            writer.finish()
        return path

    def read_bundle(self, path):
        """Return the header and the records of a bundle."""
        with bundle.read(path) as reader:
            entries = list(reader.entries())
            self.assertEqual(len(entries), reader.records)
            return reader.header, entries

    def assert_refused(self, code, call, *arguments, **named):
        """Check that a bundle is refused; return the error."""
        error = self.assertRaises(
            errors.BundleRefused, call, *arguments, **named
        )
        self.assertIs(code, error.code, str(error))
        return error
