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
import subprocess
import sys

from cinder_backup_meta.client import bundle
from cinder_backup_meta.client.bundle import format
from cinder_backup_meta.client.bundle import zstd
from cinder_backup_meta import reasons
from cinder_backup_meta.tests.unit.client import base


class TestReading(base.TestCase):
    def setUp(self):
        super().setUp()
        self.entries = base.chains(2)
        self.lines = self.lines_of(self.entries)

    def lines_of(self, entries):
        """Return the lines of a bundle, which may be invalid."""
        header = format.Header.now(base.CLOUD, {})
        return [
            format.write_header(header),
            *map(format.write_entry, entries),
        ]

    def sealed(self, lines):
        """Return the lines with the trailer that fits them."""
        tally = format.Tally()
        tally.add_header(lines[0])
        for line in lines[1:]:
            tally.add_record(line)
        return b''.join([*lines, tally.trailer()])

    def refused(self, code, content):
        path = self.write_file(content)
        return self.assert_refused(code, bundle.read, path)

    def altered(self, number, **changes):
        """Return a bundle with a line changed, and sealed again."""
        document = json.loads(self.lines[number])
        document.update(changes)
        document = {k: v for k, v in document.items() if v is not ...}
        self.lines[number] = format.write(document)
        return self.sealed(self.lines)

    def test_proper(self):
        path = self.write_file(self.sealed(self.lines))
        header, entries = self.read_bundle(path)
        self.assertEqual(self.entries, entries)
        self.assertEqual((base.CLOUD, {}), (header.cloud, header.selection))

    def test_each_pass_begins_at_the_beginning(self):
        path = self.write_file(self.sealed(self.lines))
        with bundle.read(path) as reader:
            next(reader.entries())
            self.assertEqual(self.entries, list(reader.entries()))

    def test_compressed_whatever_its_name(self):
        with open(self.path(), 'wb') as stream, zstd.writer(stream) as content:
            content.write(self.sealed(self.lines))
        _header, entries = self.read_bundle(self.path())
        self.assertEqual(self.entries, entries)

    def test_in_many_frames(self):
        content = self.sealed(self.lines)
        with open(self.path(), 'wb') as stream:
            for part in (content[:1000], content[1000:]):
                with zstd.writer(stream) as frame:
                    frame.write(part)
        _header, entries = self.read_bundle(self.path())
        self.assertEqual(self.entries, entries)

    def test_standard_input(self):
        path = self.write_file(self.sealed(self.lines))
        script = (
            'from cinder_backup_meta.client import bundle\n'
            'reader = bundle.read("-")\n'
            'assert len(list(reader.entries())) == reader.records\n'
            'print(reader.records)\n'
        )
        with open(path, 'rb') as stream:
            piped = subprocess.Popen(['cat'], stdin=stream, stdout=-1)
            output = subprocess.check_output(
                [sys.executable, '-c', script], stdin=piped.stdout
            )
            piped.communicate()
        self.assertEqual(len(self.entries), int(output))

    def test_pipe_by_its_path(self):
        content = self.write_file(self.sealed(self.lines), 'content')
        with subprocess.Popen(['cat', content], stdout=-1) as piped:
            path = f'/dev/fd/{piped.stdout.fileno()}'
            _header, entries = self.read_bundle(path)
        self.assertEqual(self.entries, entries)

    def test_missing_file(self):
        error = self.assert_refused(
            reasons.Reason.BUNDLE_UNREADABLE, bundle.read, self.path()
        )
        self.assertEqual(
            f'{self.path()}: it cannot be read: No such file or directory '
            '[bundle_unreadable]',
            str(error),
        )

    def test_folder(self):
        self.assert_refused(
            reasons.Reason.BUNDLE_UNREADABLE, bundle.read, self.path('.')
        )

    def test_no_bundle(self):
        for content in (b'', b'\n', b'root:x:0:0\n', b'{}\n', b'[1]\n'):
            self.refused(reasons.Reason.BUNDLE_NOT_A_BUNDLE, content)

    def test_without_trailer(self):
        error = self.refused(
            reasons.Reason.BUNDLE_TRUNCATED, b''.join(self.lines)
        )
        self.assertEqual(len(self.lines), error.line)

    def test_record_missing(self):
        content = self.sealed(self.lines).replace(self.lines[-1], b'')
        self.refused(reasons.Reason.BUNDLE_ALTERED, content)

    def test_records_exchanged(self):
        head, one, two, three, four, *rest = self.sealed(
            self.lines
        ).splitlines(True)
        content = b''.join([head, four, one, two, three, *rest])
        self.refused(reasons.Reason.BUNDLE_ALTERED, content)

    def test_something_follows(self):
        for more in (b'\n', self.lines[1], self.lines[0]):
            self.refused(
                reasons.Reason.BUNDLE_ALTERED, self.sealed(self.lines) + more
            )

    def test_two_bundles_in_one_file(self):
        self.refused(
            reasons.Reason.BUNDLE_ALTERED, 2 * self.sealed(self.lines)
        )

    def test_trailer_in_other_letters(self):
        content = self.sealed(self.lines)
        *_lines, trailer = content.splitlines(True)
        same = trailer.replace(b': ', b':  ', 1)
        self.assertEqual(json.loads(trailer), json.loads(same))
        self.refused(
            reasons.Reason.BUNDLE_ALTERED, content.replace(trailer, same)
        )

    def test_other_major_version(self):
        content = self.altered(0, version='2.0')
        error = self.refused(reasons.Reason.BUNDLE_VERSION_UNKNOWN, content)
        self.assertIn('2.0', str(error))

    def test_garbled_version(self):
        for version in (1.0, None, '1', '1.', '1.0.0', '01.0', 'one', ...):
            content = self.altered(0, version=version)
            self.refused(reasons.Reason.BUNDLE_LINE_INVALID, content)

    def test_newer_minor_version_may_have_more_keys(self):
        self.altered(0, version='1.1', colour='red')
        path = self.write_file(self.altered(1, flavour='sweet'))
        header, entries = self.read_bundle(path)
        self.assertEqual('1.1', header.version)
        self.assertEqual(self.entries, entries)

    def test_newer_minor_version_must_have_the_known_keys(self):
        self.altered(0, version='1.1')
        self.refused(
            reasons.Reason.BUNDLE_LINE_INVALID,
            self.altered(1, flavour='sweet', backup_url=...),
        )

    def test_unknown_key(self):
        for number in (0, 1):
            lines = list(self.lines)
            content = self.altered(number, colour='red')
            error = self.refused(reasons.Reason.BUNDLE_LINE_INVALID, content)
            self.assertEqual(number + 1, error.line)
            self.lines = lines

    def test_bad_values(self):
        for number, name, value in (
            (0, 'created_at', 'yesterday'),
            (0, 'cloud', 5),
            (0, 'selection', []),
            (1, 'id', None),
            (1, 'id', base.backup_id(1).replace('-', '')),
            (1, 'parent_id', ''),
            (1, 'backup_service', 5),
            (1, 'backup_url', None),
            (1, 'backup_url', ''),
            (1, 'backup_url', ...),
        ):
            lines = list(self.lines)
            content = self.altered(number, **{name: value})
            error = self.refused(reasons.Reason.BUNDLE_LINE_INVALID, content)
            self.assertEqual(number + 1, error.line)
            self.assertIn(name if number else 'header', str(error) + name)
            self.lines = lines

    def test_no_json_object(self):
        for line in (b'\n', b'7\n', b'[]\n', b'{"id": NaN}\n', b'[' * 99999):
            content = self.sealed([*self.lines, line.rstrip() + b'\n'])
            error = self.refused(reasons.Reason.BUNDLE_LINE_INVALID, content)
            self.assertEqual(len(self.lines) + 1, error.line)

    def test_key_twice(self):
        line = self.lines[1].replace(b'"id"', b'"id": "x", "id"', 1)
        self.lines[1] = line
        self.refused(
            reasons.Reason.BUNDLE_LINE_INVALID, self.sealed(self.lines)
        )

    def test_twice_the_same_backup(self):
        lines = self.lines_of([*self.entries, self.entries[2]])
        error = self.refused(
            reasons.Reason.BUNDLE_DUPLICATE, self.sealed(lines)
        )
        self.assertEqual(len(lines), error.line)
        self.assertIn(self.entries[2].id, str(error))

    def test_parent_after_child(self):
        one, two, three, *rest = self.entries
        lines = self.lines_of([one, three, two, *rest])
        error = self.refused(reasons.Reason.BUNDLE_ORDER, self.sealed(lines))
        self.assertEqual(4, error.line)
        self.assertIn(two.id, str(error))

    def test_own_parent(self):
        lines = self.lines_of([self.entries[0]])
        own = b'"parent_id": "%s"' % base.backup_id(1).encode()
        lines[1] = lines[1].replace(b'"parent_id": null', own)
        self.refused(reasons.Reason.BUNDLE_ORDER, self.sealed(lines))

    def test_parent_elsewhere(self):
        path = self.write_file(self.sealed(self.lines_of(self.entries[1:])))
        self.assertEqual(self.entries[1:], self.read_bundle(path)[1])

    def test_changed_between_the_passes(self):
        path = self.write_file(self.sealed(self.lines))
        with bundle.read(path) as reader:
            # A valid bundle, but a different one.
            self.write_file(self.altered(1, backup_service='other'))
            self.assert_refused(
                reasons.Reason.BUNDLE_ALTERED, list, reader.entries()
            )
