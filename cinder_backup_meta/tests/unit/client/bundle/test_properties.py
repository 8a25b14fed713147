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

"""Properties of any bundle, and of any fault in one."""

import hypothesis
from hypothesis import strategies as st
import testtools

from cinder_backup_meta.client import bundle
from cinder_backup_meta.client.bundle import format
from cinder_backup_meta.client import errors
from cinder_backup_meta.tests.unit.client import base

SETTINGS = hypothesis.settings(
    derandomize=True,
    max_examples=60,
    deadline=None,
    database=None,
    # Compressed and plain bundles share the tests.
    suppress_health_check=[hypothesis.HealthCheck.differing_executors],
)

RECORD_STRINGS = st.text(
    st.characters(codec='ascii', exclude_characters='\x00'), min_size=1
)
SERVICES = st.text(
    st.characters(exclude_categories=['C', 'Z'], include_characters=' '),
    max_size=255,
)


@st.composite
def _bundles(draw):
    """Draw records, parents before children, and where pages end."""
    number = draw(st.integers(0, 8))
    parents = [
        draw(st.none() | st.integers(1, n - 1)) if n > 1 else None
        for n in range(1, number + 1)
    ]
    entries = [
        format.Entry(
            base.backup_id(n),
            parent and base.backup_id(parent),
            draw(SERVICES),
            draw(RECORD_STRINGS),
        )
        for n, parent in enumerate(parents, 1)
    ]
    return entries, draw(st.integers(1, 8))


class TestRoundTrip(base.TestCase):
    @SETTINGS
    @hypothesis.given(_bundles(), st.sampled_from(['bundle', 'bundle.zst']))
    def test_what_was_written_is_read(self, written, name):
        entries, page_size = written
        path = self.write_bundle(
            entries, name, page_size, selection={'a': 1}, force=True
        )
        header, found = self.read_bundle(path)
        self.assertEqual(entries, found)
        self.assertEqual({'a': 1}, header.selection)


class _FaultyFiles(base.TestCase):
    """A small bundle, and its content with faults."""

    NAME = 'bundle'

    def setUp(self):
        super().setUp()
        entries = [
            base.entry(n, parent)._replace(backup_url='eyJpZCI6IDF9')
            for n, parent in ((1, None), (2, 1), (3, 2))
        ]
        path = self.write_bundle(entries, self.NAME)
        self.proper = self.read_bundle(path)
        self.content = self.read_file(self.NAME)

    def found(self, content):
        """Return what a file is read as, or None if it is refused."""
        try:
            return self.read_bundle(self.write_file(content, 'faulty'))
        except errors.BundleRefused:
            return None


class TestTruncation(_FaultyFiles):
    def test_every_one_is_noticed(self):
        self.assertEqual(self.proper, self.found(self.content))
        for size in range(len(self.content)):
            self.assertIsNone(self.found(self.content[:size]), size)


class TestTruncationOfCompressed(TestTruncation):
    NAME = 'bundle.zst'


class TestAlteration(_FaultyFiles):
    def with_byte(self, position, value):
        content = bytearray(self.content)
        content[position] = value
        return bytes(content)

    def test_every_flipped_bit_is_noticed(self):
        for position, byte in enumerate(self.content):
            for bit in range(8):
                content = self.with_byte(position, byte ^ (1 << bit))
                self.check(content, position)

    def test_every_byte_is_noticed_that_is_replaced(self):
        for position, byte in enumerate(self.content):
            for value in {*b'\n\r\t "0A{', 0, 255} - {byte}:
                self.check(self.with_byte(position, value), position)

    @SETTINGS
    @hypothesis.given(st.data())
    def test_bytes_inserted_and_taken_out_are_noticed(self, data):
        size = len(self.content)
        start = data.draw(st.integers(0, size))
        end = data.draw(st.integers(start, size))
        more = data.draw(st.binary(max_size=8))
        content = self.content[:start] + more + self.content[end:]
        hypothesis.assume(content != self.content)
        self.check(content, (start, end, more))

    def check(self, content, where):
        self.assertIsNone(self.found(content), where)


class TestAlterationOfCompressed(TestAlteration):
    """Some bits of the compressed form mean nothing.

    What is read is what was written, or nothing at all.
    """

    NAME = 'bundle.zst'

    def check(self, content, where):
        self.assertIn(self.found(content), (None, self.proper), where)


class TestOrderProperty(testtools.TestCase):
    @SETTINGS
    @hypothesis.given(st.permutations(range(1, 6)))
    def test_only_parents_first_is_read(self, order):
        case = base.TestCase('setUp')
        case.setUp()
        self.addCleanup(case.doCleanups)
        header = format.write_header(format.Header.now(None, {}))
        tally = format.Tally()
        tally.add_header(header)
        lines = [header]
        for number in order:
            # One chain of five.
            entry = base.entry(number, number - 1)
            lines.append(format.write_entry(entry))
            tally.add_record(lines[-1])
        path = case.write_file(b''.join([*lines, tally.trailer()]))
        if order == sorted(order):
            bundle.read(path).close()
        else:
            self.assertRaises(errors.BundleRefused, bundle.read, path)
