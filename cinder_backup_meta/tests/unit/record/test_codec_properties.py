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

"""Properties of the codec for any input, tested with generated ones.

The same inputs are generated in every run. To try more and others, set
CODEC_EXAMPLES to the number of examples of each test.
"""

import base64
import datetime
import json
import os
import re

import hypothesis
from hypothesis import strategies as st
import testtools

from cinder_backup_meta import exception
from cinder_backup_meta import reasons
from cinder_backup_meta.record import codec
from cinder_backup_meta.record import fields
from cinder_backup_meta.tests import oracle
from cinder_backup_meta.tests import samples

EXAMPLES = os.environ.get('CODEC_EXAMPLES')
SETTINGS = hypothesis.settings(
    derandomize=not EXAMPLES,
    max_examples=int(EXAMPLES or 60),
    deadline=None,
    database=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)


def _texts(largest=255, smallest=0):
    return st.text(
        st.characters(exclude_categories=['Cs']),
        min_size=smallest,
        max_size=largest,
    )


def _printable():
    return st.text(
        st.characters(exclude_categories=['C', 'Z'], include_characters=' '),
        max_size=255,
    )


def _or_null(values):
    return st.none() | values


def _nested(leaves, depth):
    """Return a strategy of JSON values of at most ``depth`` levels."""
    if not depth:
        return leaves
    inner = st.deferred(lambda: _nested(leaves, depth - 1))
    return (
        leaves
        | st.lists(inner, max_size=3)
        | st.dictionaries(_texts(20), inner, max_size=3)
    )


LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | _texts(20)
)
# Any JSON, with what no record may have.
ANY_JSON = st.recursive(
    LEAVES | st.text(max_size=300) | st.floats() | st.integers(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(sorted(fields.NAMES)) | st.text(),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@st.composite
def _times(draw):
    """Return a timestamp in one of the forms of Cinder's releases."""
    when = draw(
        st.datetimes(
            datetime.datetime(2012, 1, 2), datetime.datetime(2026, 1, 1)
        )
    )
    form = draw(st.sampled_from(['%SZ', '%S', '%S.%f', '%S.%fZ', '%S+05:30']))
    return when.strftime(f'%Y-%m-%dT%H:%M:{form}')


# As Cinder, a key manager or a careless request may spell them.
IDS = (
    st.uuids().map(str)
    | st.uuids().map(lambda id: id.hex)
    | st.uuids().map(lambda id: str(id).upper())
    | st.just('0000-0000-0000-0000')
)
_COUNTS = st.integers(0, 2**31 - 1)
VALUES = {
    **{name: _or_null(_texts()) for name in oracle.TEXTS},
    **{name: _or_null(_printable()) for name in oracle.IDENTIFIERS},
    **{name: _or_null(st.uuids().map(str)) for name in oracle.UUIDS},
    **{name: _or_null(IDS) for name in oracle.IDS},
    **{name: _or_null(_times()) for name in oracle.TIMES},
    'id': st.uuids().map(str),
    'volume_id': IDS,
    'size': st.integers(0, 2**31 - 1),
    'object_count': _or_null(_COUNTS),
    'num_dependent_backups': _or_null(_COUNTS),
    'deleted': _or_null(st.booleans()),
    'metadata': _or_null(st.dictionaries(_texts(), _texts(), max_size=4)),
    'driver_info': _or_null(
        st.dictionaries(_texts(20), _nested(LEAVES, 7), max_size=4)
    ),
}
# The keys of each release, as its sample has them.
KEYS = {
    release: tuple(json.loads(base64.b64decode(samples.of_release(release))))
    for release in samples.RELEASES
}
RECORDS = st.sampled_from(samples.RELEASES).flatmap(
    lambda release: st.fixed_dictionaries(
        {name: VALUES[name] for name in KEYS[release]}
    )
)

# The largest number that each field must refuse.
BELOW = {
    name: lowest - 1
    for name, lowest in oracle.NUMBERS.items()
    if name not in oracle.UNJUDGED
}
# What a record string may consist of.
BASE64 = re.compile(r'[A-Za-z0-9+/=\s]', re.ASCII)
# What a text that was cut within the JSON can be.
BROKEN = (reasons.Reason.RECORD_NOT_JSON, reasons.Reason.RECORD_NOT_UTF8)


@st.composite
def _written(draw, document):
    """Return a document as a record string, in any form that JSON allows."""
    text = json.dumps(
        document,
        ensure_ascii=draw(st.booleans()),
        indent=draw(st.sampled_from([None, 0, 1, '\t'])),
        separators=draw(st.sampled_from([None, (',', ':'), (' ,', '\r\n:')])),
    )
    if draw(st.booleans()):
        return base64.encodebytes(text.encode()).decode()
    return samples.encode(text)


def _refusal(string):
    """Return the code and the field of the refusal of a record string."""
    try:
        codec.decode(string)
    except exception.RecordRefused as refused:
        return refused.code, refused.field
    return None, None


class TestAnyInput(testtools.TestCase):
    """A record is refused or read, and nothing else happens."""

    @SETTINGS
    @hypothesis.given(st.text())
    def test_text(self, string):
        oracle.check(string)

    @SETTINGS
    @hypothesis.given(st.binary(max_size=500))
    def test_bytes(self, document):
        oracle.check(samples.encode(document))

    @SETTINGS
    @hypothesis.given(ANY_JSON)
    def test_json(self, document):
        oracle.check(samples.encode(document))

    @SETTINGS
    @hypothesis.given(
        st.none() | st.integers() | st.binary() | st.lists(st.text())
    )
    def test_no_string(self, thing):
        self.assertEqual(reasons.Reason.RECORD_NOT_BASE64, oracle.check(thing))


class TestValidRecords(testtools.TestCase):
    @SETTINGS
    @hypothesis.given(st.data())
    def test_accepted_as_they_are(self, data):
        record = data.draw(RECORDS)
        string = data.draw(_written(record))
        self.assertIsNone(oracle.check(string))
        values = codec.decode(string)
        self.assertEqual(list(record), list(values))
        for name, value in record.items():
            if name in oracle.TIMES and value is not None:
                value = datetime.datetime.fromisoformat(value)
                value = value.replace(
                    microsecond=0, tzinfo=value.tzinfo or datetime.timezone.utc
                )
            self.assertEqual(value, values[name])

    @SETTINGS
    @hypothesis.given(st.data())
    def test_white_space_in_base64(self, data):
        string = samples.encode(data.draw(RECORDS))
        places = data.draw(st.lists(st.integers(0, len(string)), max_size=20))
        spaced = string
        for place in places:
            space = data.draw(st.text(' \t\r\n', max_size=4))
            spaced = spaced[:place] + space + spaced[place:]
        self.assertEqual(codec.decode(string), codec.decode(spaced))


class TestOneChange(testtools.TestCase):
    """A valid record, changed in one place."""

    @SETTINGS
    @hypothesis.given(RECORDS, st.data())
    def test_key_missing(self, record, data):
        name = data.draw(st.sampled_from(sorted(record)))
        del record[name]
        wanted = (None, None)
        if name in oracle.REQUIRED:
            wanted = (reasons.Reason.MISSING_FIELD, name)
        self.assertEqual(wanted, _refusal(samples.encode(record)))

    @SETTINGS
    @hypothesis.given(RECORDS, st.text(), ANY_JSON)
    def test_key_added(self, record, name, value):
        hypothesis.assume(name not in {*fields.NAMES, 'parent'})
        hypothesis.assume(not _is_out_of_json(value))
        string = samples.encode(record)
        record[name] = value
        added = samples.encode(record)
        self.assertEqual(reasons.Reason.UNKNOWN_FIELD, oracle.check(added))
        self.assertEqual(
            codec.decode(string), codec.decode(added, ignore_unknown=True)
        )

    @SETTINGS
    @hypothesis.given(RECORDS, st.data())
    def test_key_twice(self, record, data):
        name = data.draw(st.sampled_from(sorted(record)))
        text = json.dumps(record)[:-1]
        text += f', {json.dumps(name)}: {json.dumps(record[name])}}}'
        self.assertEqual(
            reasons.Reason.DUPLICATE_FIELD, oracle.check(samples.encode(text))
        )

    @SETTINGS
    @hypothesis.given(RECORDS, ANY_JSON, st.data())
    def test_value_changed(self, record, value, data):
        name = data.draw(st.sampled_from(sorted(record)))
        record[name] = value
        code, field = _refusal(samples.encode(record))
        if code is reasons.Reason.INVALID_FIELD:
            self.assertEqual(name, field)
        oracle.check(samples.encode(record))

    @SETTINGS
    @hypothesis.given(
        RECORDS, st.lists(st.booleans(), min_size=1, max_size=14), st.data()
    )
    def test_nested(self, record, lists, data):
        value = 1
        for is_list in lists:
            value = [value] if is_list else {'a': value}
        record[data.draw(st.sampled_from(sorted(record)))] = value
        code = oracle.check(samples.encode(record))
        self.assertEqual(
            len(lists) > 8, code is reasons.Reason.RECORD_TOO_DEEP
        )

    @SETTINGS
    @hypothesis.given(RECORDS, st.data())
    def test_number_out_of_bounds(self, record, data):
        name = data.draw(st.sampled_from(sorted(record.keys() & BELOW)))
        record[name] = data.draw(
            st.integers(-(2**64), BELOW[name]) | st.integers(2**31, 2**64)
        )
        self.assertEqual(
            (reasons.Reason.INVALID_FIELD, name),
            _refusal(samples.encode(record)),
        )

    @SETTINGS
    @hypothesis.given(RECORDS, st.data())
    def test_cut_off(self, record, data):
        string = samples.encode(record)
        end = data.draw(st.integers(0, len(string) - 1))
        self.assertIn(
            oracle.check(string[:end]),
            (reasons.Reason.RECORD_NOT_BASE64, *BROKEN),
        )

    @SETTINGS
    @hypothesis.given(RECORDS, st.data())
    def test_character_changed(self, record, data):
        string = samples.encode(record)
        place = data.draw(st.integers(0, len(string) - 1))
        character = data.draw(st.characters())
        code = oracle.check(string[:place] + character + string[place + 1 :])
        if not BASE64.match(character):
            self.assertEqual(reasons.Reason.RECORD_NOT_BASE64, code)


def _is_out_of_json(value):
    """Return whether a value is refused before its key is examined."""
    code = oracle.check(samples.encode({'a': value}))
    return code is not reasons.Reason.UNKNOWN_FIELD
