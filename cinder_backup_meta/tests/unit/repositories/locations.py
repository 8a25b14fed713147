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

"""Values and records for tests of a repository's rules."""

from cinder_backup_meta import exception
from cinder_backup_meta import objects
from cinder_backup_meta import reasons
from cinder_backup_meta.tests import samples
from cinder_backup_meta.tests.unit import base
from cinder_backup_meta.tests.unit import fixed

CODES = {
    'container': reasons.Reason.CONTAINER_INVALID,
    'service_metadata': reasons.Reason.SERVICE_METADATA_INVALID,
}

# No family can have these, neither as container nor as service_metadata.
NO_TEXT = [
    ('null', None),
    ('empty', ''),
    ('too long', 'a' * 256),
    ('a NUL', 'a\0b'),
    ('a tab', 'a\tb'),
    ('a line end', 'a\nb'),
    ('a trailing line end', 'a\n'),
    ('a delete character', 'a\x7fb'),
    ('a line separator', 'a\u2028b'),
    ('a mark that turns the direction', 'a\u202eb'),
    ('a space of no width', 'a\u200bb'),
]


def scenarios(field, cases):
    """Return test scenarios that give a field of the record a value."""
    return [
        (f'{field} with {name}', {'field': field, 'value': value})
        for name, value in cases
    ]


# The form of Swift, S3 and GCS.
OBJECT_PREFIX = (
    f'volume_{samples.VOLUME_ID}/20260102030405/az_nova_backup_{samples.ID}'
)


def object_prefixes():
    """Return values that are no prefix of the record in an object store."""
    return [
        *NO_TEXT,
        *foreign(OBJECT_PREFIX),
        *lookalikes(OBJECT_PREFIX),
        ('the form of posix', samples.record()['service_metadata']),
        ('a slash in the zone', OBJECT_PREFIX.replace('nova', 'a/b')),
        (
            'the name of another backup in the zone',
            OBJECT_PREFIX.replace('nova', f'nova_backup_{samples.PARENT_ID}'),
        ),
        (
            'its own name in the zone',
            OBJECT_PREFIX.replace('nova', f'_backup_{samples.ID}'),
        ),
    ]


def own_object_prefixes():
    """Return valid prefixes of the record in an object store."""
    return [
        ('the form of the driver', OBJECT_PREFIX),
        ('a zone with spaces', OBJECT_PREFIX.replace('nova', 'Z\xfcrich 1')),
        ('a zone like a name', OBJECT_PREFIX.replace('nova', 'a_backup_b')),
        ('a zone without a name', OBJECT_PREFIX.replace('nova', '')),
    ]


def lookalikes(prefix):
    """Return values that look like a prefix but are not."""
    return [
        ('a digit of full width', prefix.replace('2026', '202\uff16')),
        ('an Arabic digit', prefix.replace('2026', '202\u0666')),
        ('a Cyrillic letter', prefix.replace('backup', 'b\u0430ckup')),
        ('another hyphen', prefix.replace('-', '\u2010')),
        ('capitals in the id', prefix[:-12] + prefix[-12:].upper()),
    ]


def foreign(prefix):
    """Return prefixes that could be those of other backups' objects."""
    other = samples.PARENT_ID
    return [
        (
            'the id of another volume',
            prefix.replace(samples.VOLUME_ID, other),
        ),
        ('ids exchanged', exchange(prefix)),
        ('a part of the id', prefix[:-1]),
        ('the volume alone', prefix.partition(samples.VOLUME_ID)[0]),
        ('no id', prefix[: -len(samples.ID)]),
        ('more behind the id', prefix + '-00001'),
        ('its own form and a line end', prefix + '\n'),
        ('a trailing space', prefix + ' '),
        ('something in front', 'x' + prefix),
        ('a wildcard for the time', prefix.replace('20260102030405', '*')),
        ('wildcards for digits', prefix.replace('20260102030405', '?' * 14)),
        ('a wildcard for the id', prefix[:-12] + '*'),
        ('a wildcard', '*'),
        ('a regular expression', '.*'),
        ('too few digits', prefix.replace('20260102030405', '2026')),
        ('too many digits', prefix.replace('20260102030405', '0' * 15)),
        ('a path', '../' + prefix),
        ('a path behind', prefix + '/../x'),
    ]


def exchange(prefix):
    return (
        prefix.replace(samples.ID, 'ID')
        .replace(samples.VOLUME_ID, samples.ID)
        .replace('ID', samples.VOLUME_ID)
    )


def make_record(context, **changes):
    """Return a record as it comes out of the strict reader."""
    values = samples.record(**changes)
    return objects.BackupRecord.from_string(
        context, samples.encode(values), 300
    )


class LocationTestCase(base.TestCase):
    """A test of where a record may point.

    :cvar class_path: the class path of the backup driver
    :cvar values: the record's fields, unless a test changes them
    """

    class_path = None
    values = {}

    def repository(self):
        return fixed.repository(self.driver(), self.class_path, self.context)

    def driver(self):
        """Return the driver for the rules; most rules need none."""

    def record(self, **changes):
        return make_record(self.context, **(self.values | changes))

    def assertRefused(self, field, record, check='check_location'):
        """Assert that a record is refused without repeating the value."""
        error = self.assertRaises(
            exception.Refused, getattr(self.repository(), check), record
        )
        self.assertEqual(CODES[field], error.code)
        text = str(error)
        self.assertIn(f'{field}: ', text)
        self.assertTrue(text.isascii() and text.isprintable(), text)
        value = getattr(record, field)
        # Shorter ones may well be words of the rule.
        if value and len(value) > 20:
            self.assertNotIn(value, text)


class RefusedTests:
    """The value of each scenario is refused."""

    def test_refused(self):
        record = self.record()
        # Not every value gets as far as this through the strict reader.
        setattr(record, self.field, self.value)
        self.assertRefused(self.field, record)
        self.assertRefused(self.field, record, check='source_id')


class AcceptedTests:
    """The value of each scenario is accepted."""

    def test_accepted(self):
        record = self.record(**{self.field: self.value})
        self.assertIsNone(self.repository().check_location(record))
        self.assertEqual(record.id, self.repository().source_id(record))


class CopyTests:
    """A record that names another backup's data may be a copy."""

    def test_copy(self):
        record = self.record()
        self.assertFalse(self.repository().must_look(record))
        copy = self.record(id=samples.PARENT_ID)
        self.assertRefused('service_metadata', copy)
        self.assertEqual(record.id, self.repository().source_id(copy))
        self.assertTrue(self.repository().must_look(copy))
