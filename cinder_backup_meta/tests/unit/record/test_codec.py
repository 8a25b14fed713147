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

import datetime
import time

from cinder import objects as cinder_objects
import testscenarios

from cinder_backup_meta import exception
from cinder_backup_meta import reasons
from cinder_backup_meta.record import codec
from cinder_backup_meta.record import fields
from cinder_backup_meta.record import limits
from cinder_backup_meta.tests import samples
from cinder_backup_meta.tests.unit import base

load_tests = testscenarios.load_tests_apply_scenarios
Reason = reasons.Reason


class TestReading(base.TestCase):
    def test_values_have_python_types(self):
        values = codec.decode(samples.encode(samples.record()))
        self.assertEqual(samples.ID, values['id'])
        self.assertEqual(3, values['size'])
        self.assertIsNone(values['parent_id'])
        self.assertEqual({'tier': 'gold'}, values['metadata'])
        self.assertEqual(
            datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.UTC),
            values['created_at'],
        )

    def test_wrapped_lines_and_spaces(self):
        string = samples.encode(samples.record())
        wrapped = '\r\n'.join(
            string[start : start + 76] for start in range(0, len(string), 76)
        )
        self.assertEqual(codec.decode(string), codec.decode(f' {wrapped}\n\n'))

    def test_clock_skew(self):
        soon = datetime.datetime.now(datetime.UTC)
        soon += datetime.timedelta(seconds=100)
        string = samples.encode(
            samples.record(created_at=soon.strftime('%Y-%m-%dT%H:%M:%SZ'))
        )
        codec.decode(string, clock_skew=200)
        error = self.assertRaises(
            exception.RecordRefused, codec.decode, string, clock_skew=0
        )
        self.assertEqual('created_at', error.field)

    def test_offset_is_turned_into_utc(self):
        values = codec.decode(
            samples.encode(
                samples.record(created_at='2026-01-02T03:04:05+02:00')
            )
        )
        self.assertEqual(1, values['created_at'].hour)
        self.assertEqual(
            datetime.timedelta(0), values['created_at'].utcoffset()
        )

    def test_whole_seconds(self):
        for written in ('.999999', '.9', '.000000Z', '.5+00:00'):
            values = codec.decode(
                samples.encode(
                    samples.record(created_at=f'2026-01-02T03:04:05{written}')
                )
            )
            self.assertEqual(
                datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.UTC),
                values['created_at'],
            )

    def test_deepest_driver_info(self):
        deep = _nested(6) | {'b': [1, 2.5, 'ö', None, True]}
        deep = {'a': deep}
        values = codec.decode(samples.encode(samples.record(driver_info=deep)))
        self.assertEqual(deep, values['driver_info'])

    def test_longest_numbers(self):
        numbers = {'a': 2**64, 'b': -(2**63), 'c': -1.2345678901234567e-300}
        values = codec.decode(
            samples.encode(samples.record(driver_info=numbers))
        )
        self.assertEqual(numbers, values['driver_info'])

    def test_any_clock(self):
        # Records of this cloud's own rows.
        for when in ('1970-01-01T00:00:07Z', '2099-01-02T03:04:05Z'):
            changes = dict.fromkeys(fields.TIMESTAMPS, when)
            string = samples.encode(samples.record(**changes))
            self.assertRaises(exception.RecordRefused, codec.decode, string)
            values = codec.decode(string, clock_skew=None)
            self.assertEqual(when[:4], str(values['data_timestamp'].year))

    def test_empty_ids_and_times_are_null(self):
        names = (
            'parent_id snapshot_id encryption_key_id temp_volume_id '
            'temp_snapshot_id restore_volume_id created_at updated_at '
            'deleted_at data_timestamp'
        ).split()
        values = codec.decode(
            samples.encode(samples.record(**dict.fromkeys(names, '')))
        )
        self.assertEqual([None] * 10, [values[name] for name in names])

    def test_null_of_cinder_15(self):
        values = codec.decode(samples.encode(samples.record(parent=None)))
        self.assertNotIn('parent', values)

    def test_unknown_keys_are_ignored_if_asked_for(self):
        string = samples.encode(
            samples.record(disk_size=1, parent={'id': 7}, save=None)
        )
        self.assertEqual(
            codec.decode(samples.encode(samples.record())),
            codec.decode(string, ignore_unknown=True),
        )


class TestUnjudged(base.TestCase):
    """A bad value of a field that an import does not use is as good as none.

    Everything that no field of this kind can be is tried in each of them.
    """

    scenarios = [
        (field.name, {'field': field.name})
        for field in fields.TABLE
        if field.use is not fields.Use.KEPT and field.name != 'service'
    ]

    def test_never_refused(self):
        later = time.strftime(
            '%Y-%m-%dT%H:%M:%SZ', time.gmtime(time.time() + 86400)
        )
        for value in (
            *(None, '', 'x', 'x' * 300, '\ud800', [], {}, {'a': [1]}),
            *(0, 1, -1, 2**40, 1.5, True, later, '1999-01-01T00:00:00Z'),
        ):
            string = samples.encode(samples.record(**{self.field: value}))
            read = codec.decode(string)[self.field]
            written = codec.encode(codec.decode(string))
            self.assertEqual(read, codec.decode(written)[self.field])


class TestEveryRelease(base.TestCase):
    scenarios = [
        (release, {'release': release}) for release in samples.RELEASES
    ]

    def test_is_read(self):
        values = codec.decode(samples.of_release(self.release))
        self.assertEqual(samples.ID, values['id'])
        self.assertEqual('nightly', values['display_name'])
        self.assertEqual(self.release != '2014.1', 'parent_id' in values)
        self.assertEqual(3, values['size'])
        self.assertEqual(datetime.UTC, values['created_at'].tzinfo)


class TestWriting(base.TestCase):
    def _backup(self, **changes):
        values = codec.decode(samples.encode(samples.record(**changes)))
        values.pop('driver_info')
        return cinder_objects.Backup(self.context, **values)

    def test_as_cinder_writes(self):
        backup = self._backup(
            display_name='näm\u20ace "\\ \U0001f4be',
            parent_id=samples.PARENT_ID,
            metadata={'b': '', 'a': 'ö'},
        )
        string = backup.encode_record(driver_info={'z': [1, None], 'a': 'b'})
        self.assertEqual(string, codec.encode(codec.decode(string)))

    def test_fields_are_those_of_cinder_in_order(self):
        names = [
            name for name in cinder_objects.Backup.fields if name != 'parent'
        ]
        self.assertEqual(
            ['driver_info', *names],
            [field.name for field in fields.TABLE],
        )

    def test_absent_fields_stay_absent(self):
        values = codec.decode(samples.of_release('2014.1'))
        again = codec.decode(codec.encode(values))
        self.assertEqual(values, again)
        self.assertNotIn('parent_id', again)


def _nested(depth):
    """Return an object with this many objects nested in it."""
    value = {}
    for _ in range(depth):
        value = {'a': value}
    return value


def _nested_list(depth):
    value = []
    for _ in range(depth - 1):
        value = [value]
    return value


class TestRefusals(base.TestCase):
    """One line a document: what it is, its reason, the field at fault."""

    _documents = {
        'too long': ('A' * (2**20 + 4), Reason.RECORD_TOO_LARGE, None),
        'empty': ('', Reason.RECORD_NOT_JSON, None),
        'no base64': ('{"id": 1}', Reason.RECORD_NOT_BASE64, None),
        'not ascii': ('é' * 8, Reason.RECORD_NOT_BASE64, None),
        'cut off': (
            samples.encode(samples.record())[:-5],
            Reason.RECORD_NOT_BASE64,
            None,
        ),
        'data after the padding': (
            'e30=e30=',
            Reason.RECORD_NOT_BASE64,
            None,
        ),
        'url-safe alphabet': ('-_-_', Reason.RECORD_NOT_BASE64, None),
        'without padding': ('e30', Reason.RECORD_NOT_BASE64, None),
        'padding in the middle': ('e3=0e30=', Reason.RECORD_NOT_BASE64, None),
        'only padding': ('====', Reason.RECORD_NOT_BASE64, None),
        'spare bits': ('e31=', Reason.RECORD_NOT_BASE64, None),
        'other white space': ('e30=\x0b', Reason.RECORD_NOT_BASE64, None),
        'half of a pair': ('\ud800' * 4, Reason.RECORD_NOT_BASE64, None),
        'too long and no base64': (
            'é' * (2**20 + 1),
            Reason.RECORD_TOO_LARGE,
            None,
        ),
        'none': (None, Reason.RECORD_NOT_BASE64, None),
        'bytes': (b'e30=', Reason.RECORD_NOT_BASE64, None),
        'no string': (['e30='], Reason.RECORD_NOT_BASE64, None),
        'not utf-8': (
            samples.encode(b'{"id": "\xff"}'),
            Reason.RECORD_NOT_UTF8,
            None,
        ),
        'utf-16': (
            samples.encode('{}'.encode('utf-16')),
            Reason.RECORD_NOT_UTF8,
            None,
        ),
        'no json': (samples.encode('id size'), Reason.RECORD_NOT_JSON, None),
        'control character in a string': (
            samples.encode('{"id": "\n"}'),
            Reason.RECORD_NOT_JSON,
            None,
        ),
        'byte order mark': (
            samples.encode('\ufeff{}'),
            Reason.RECORD_NOT_JSON,
            None,
        ),
        'nan': (samples.encode('{"a": NaN}'), Reason.RECORD_NOT_FINITE, None),
        'infinity': (
            samples.encode('{"size": Infinity}'),
            Reason.RECORD_NOT_FINITE,
            None,
        ),
        'minus infinity': (
            samples.encode('[-Infinity]'),
            Reason.RECORD_NOT_FINITE,
            None,
        ),
        'very long number': (
            samples.encode('{"size": ' + '9' * 500000 + '}'),
            Reason.RECORD_NUMBER_TOO_LONG,
            None,
        ),
        'very long fraction': (
            samples.encode('{"size": 0.' + '1' * 32 + '}'),
            Reason.RECORD_NUMBER_TOO_LONG,
            None,
        ),
        'very long exponent': (
            samples.encode('[1e' + '9' * 500000 + ']'),
            Reason.RECORD_NUMBER_TOO_LONG,
            None,
        ),
        'too many objects': (
            samples.encode('[' + '{},' * 10000 + '1]'),
            Reason.RECORD_TOO_LARGE,
            None,
        ),
        'too many brackets': (
            samples.encode('[' * 10001),
            Reason.RECORD_TOO_LARGE,
            None,
        ),
        'two documents': (
            samples.encode('{}{}'),
            Reason.RECORD_NOT_JSON,
            None,
        ),
        'a number': (samples.encode('7'), Reason.RECORD_NOT_OBJECT, None),
        'null': (samples.encode('null'), Reason.RECORD_NOT_OBJECT, None),
        'a string': (
            samples.encode('"id size"'),
            Reason.RECORD_NOT_OBJECT,
            None,
        ),
        'a list': (
            samples.encode('["id", "size"]'),
            Reason.RECORD_NOT_OBJECT,
            None,
        ),
        'endless nesting': (
            samples.encode('[' * 9000 + ']' * 9000),
            Reason.RECORD_TOO_DEEP,
            None,
        ),
        'endless nesting of objects': (
            samples.encode('{"a":' * 9000 + '1' + '}' * 9000),
            Reason.RECORD_TOO_DEEP,
            None,
        ),
        'no object and too deep': (
            samples.encode(_nested_list(10)),
            Reason.RECORD_TOO_DEEP,
            None,
        ),
        'no object and just not too deep': (
            samples.encode(_nested_list(9)),
            Reason.RECORD_NOT_OBJECT,
            None,
        ),
        'too deep in driver_info': (
            samples.encode(samples.record(driver_info=_nested(8))),
            Reason.RECORD_TOO_DEEP,
            None,
        ),
        'too deep in metadata': (
            samples.encode(samples.record(metadata=_nested(8))),
            Reason.RECORD_TOO_DEEP,
            None,
        ),
        'too deep in an unknown field': (
            samples.encode(samples.record(parent=_nested(8))),
            Reason.RECORD_TOO_DEEP,
            None,
        ),
        'too deep in lists and objects': (
            samples.encode(samples.record(size=[{'a': _nested_list(7)}])),
            Reason.RECORD_TOO_DEEP,
            None,
        ),
        'key twice': (
            samples.encode('{"id": "a", "id": "b"}'),
            Reason.DUPLICATE_FIELD,
            None,
        ),
        'key twice in metadata': (
            samples.encode('{"metadata": {"a": "1", "a": "2"}}'),
            Reason.DUPLICATE_FIELD,
            None,
        ),
        'method as key': (
            samples.encode(samples.record(save='x')),
            Reason.UNKNOWN_FIELD,
            'save',
        ),
        'parent': (
            samples.encode(samples.record(parent={})),
            Reason.UNKNOWN_FIELD,
            'parent',
        ),
        'key that is no text': (
            samples.encode(samples.record(**{'\ud800\n': 1})),
            Reason.UNKNOWN_FIELD,
            '\\ud800\\n',
        ),
        'several keys': (
            samples.encode(samples.record(**dict.fromkeys('gfedcba'))),
            Reason.UNKNOWN_FIELD,
            'g, f, e, d, c, and 2 more',
        ),
    }
    _fields = {
        'id': [7, None, '', 'not-a-uuid', samples.ID.upper(), ['a']],
        'volume_id': [None, '', '../..', samples.ID + '\n', 'a' * 37],
        'parent_id': ['x', 5, {}],
        'encryption_key_id': ['x' * 37, '../../sys'],
        'snapshot_id': ['a b', 7],
        'size': [None, 'abc', '3', -1, -7, -1000, 1.0, True, 2**31],
        'object_count': [-1, 'many', 2**31],
        'display_name': [5, 'x' * 256, 'a\x00\udfff', '\ud800'],
        'display_description': [{}],
        'container': [True],
        'service_metadata': ['x' * 256, {}],
        'metadata': [['a'], {'a': 1}, {'a': None}, 'x', ''],
        'driver_info': [
            [],
            'x',
            {'a': float('1e999')},
            {'a': [['\udc80']]},
            {'a': {'\ud800': 1}},
        ],
        'created_at': [
            5,
            'yesterday',
            '2026-02-30T00:00:00Z',
            '2026-01-02T24:00:00Z',
            '2026-01-02T23:59:60Z',
            '2026-01-02T03:04:05+25:00',
            '2026-01-02T03:04:05.1234567',
            '2026-01-02T03:04:05z',
            '2026-01-02',
            '1999-01-01T00:00:00Z',
            '9999-12-31T23:59:59-23:59',
            '2\u0660\u0662\u0666-01-02T03:04:05Z',
        ],
        'data_timestamp': [
            '2011-12-31T23:59:59Z',
            '2012-01-01T00:59:59+01:00',
        ],
    }
    scenarios = [
        (name, {'string': string, 'code': code, 'field': field})
        for name, (string, code, field) in _documents.items()
    ]
    for _field, _values in _fields.items():
        for _index, _value in enumerate(_values):
            # json.dumps writes 1e999 as Infinity; the reader must not be
            # spared the number itself.
            _string = samples.encode(
                samples.json.dumps(samples.record(**{_field: _value})).replace(
                    'Infinity', '1e999'
                )
            )
            scenarios.append(
                (
                    f'{_field} {_index}',
                    {
                        'string': _string,
                        'code': Reason.INVALID_FIELD,
                        'field': _field,
                    },
                )
            )
    for _field in fields.REQUIRED:
        scenarios.append(
            (
                f'without {_field}',
                {
                    'string': samples.encode(samples.record(**{_field: ...})),
                    'code': Reason.MISSING_FIELD,
                    'field': _field,
                },
            )
        )

    def test_refused(self):
        error = self.assertRaises(
            exception.RecordRefused, codec.decode, self.string
        )
        self.assertEqual((self.code, self.field), (error.code, error.field))
        self.assertIn(f'[{self.code}]', str(error))
        if self.field:
            self.assertIn(f'{self.field}: ', str(error))
        # The message must not repeat the record.
        self.assertLess(len(str(error)), 250)


class TestLimits(base.TestCase):
    def test_a_record_of_the_largest_size(self):
        padding = ' ' * (limits.MAX_RECORD_LENGTH * 3 // 4 - 1200)
        string = samples.encode(samples.json.dumps(samples.record()) + padding)
        self.assertLess(limits.MAX_RECORD_LENGTH - 1600, len(string))
        self.assertEqual(samples.ID, codec.decode(string)['id'])

    def test_as_many_metadata_items_as_one_request_can_set(self):
        # As many as fit into the largest body that Cinder takes by default.
        metadata = {f'{number:x}': '' for number in range(10500)}
        body = samples.json.dumps(
            {'metadata': metadata}, separators=(',', ':')
        )
        self.assertTrue(100000 < len(body) < 114688)
        string = samples.encode(samples.record(metadata=metadata))
        self.assertEqual(metadata, codec.decode(string)['metadata'])

    def test_required_fields_are_those_of_cinder(self):
        self.assertEqual(
            {
                'id',
                'size',
                'display_name',
                'display_description',
                'container',
                'service_metadata',
                'object_count',
            },
            set(fields.REQUIRED),
        )

    def test_not_in_the_future(self):
        later = time.strftime(
            '%Y-%m-%dT%H:%M:%SZ', time.gmtime(time.time() + 3600)
        )
        for field in ('created_at', 'data_timestamp'):
            error = self.assertRaises(
                exception.RecordRefused,
                codec.decode,
                samples.encode(samples.record(**{field: later})),
            )
            self.assertEqual(field, error.field)
