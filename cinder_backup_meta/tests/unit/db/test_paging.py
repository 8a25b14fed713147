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
import itertools

import sqlalchemy as sa
import testtools

from cinder_backup_meta.db import paging
from cinder_backup_meta import exception
from cinder_backup_meta import reasons

_TABLE = sa.Table(
    'table',
    sa.MetaData(),
    sa.Column('a', sa.Integer),
    sa.Column('b', sa.Integer),
    sa.Column('id', sa.Integer),
)


class TestMarkers(testtools.TestCase):
    def test_round_trip(self):
        for when in (
            datetime.datetime(2026, 1, 2, 3, 4, 5),
            datetime.datetime(1970, 1, 1, 0, 0, 0, 1),
        ):
            place = when, '11111111-2222-4333-8444-555555555555'
            marker = paging.write_marker(place)
            self.assertEqual(place, paging.read_marker(marker))

    def test_none(self):
        self.assertIsNone(paging.read_marker(None))

    def test_other_texts_are_refused(self):
        for marker in ('', 'x', '2026-13-02T03:04:05.000000Z_1'):
            error = self.assertRaises(
                exception.Refused, paging.read_marker, marker
            )
            self.assertEqual(reasons.Reason.INVALID_MARKER, error.code)


class TestBehind(testtools.TestCase):
    def test_all_directions(self):
        engine = sa.create_engine('sqlite://')
        _TABLE.metadata.create_all(engine)
        cells = [
            {'a': a, 'b': b, 'id': id}
            for id, (a, b) in enumerate(itertools.product(range(3), repeat=2))
        ]
        with engine.begin() as connection:
            connection.execute(sa.insert(_TABLE), cells)
            for down in itertools.product((False, True), repeat=3):
                columns = (_TABLE.c.a, _TABLE.c.b, _TABLE.c.id)
                keys = list(zip(columns, down, strict=True))
                query = sa.select(_TABLE).order_by(
                    *(key.desc() if is_down else key for key, is_down in keys)
                )
                ordered = connection.execute(query).all()
                for number, place in enumerate(ordered):
                    behind = paging.behind(keys, tuple(place))
                    found = connection.execute(query.where(*behind)).all()
                    self.assertEqual(ordered[number + 1 :], found)
