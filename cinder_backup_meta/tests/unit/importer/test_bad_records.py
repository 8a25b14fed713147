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

"""A page with one bad record, in each place of a chain of five."""

import testscenarios

from cinder_backup_meta import exception
from cinder_backup_meta import reasons
from cinder_backup_meta.tests import samples
from cinder_backup_meta.tests.unit.importer import base

load_tests = testscenarios.load_tests_apply_scenarios

CHAIN = range(1, 6)


def _break_string(test, number):
    test.strings[number] = base.string(number, number - 1 or None, size=-1)
    return 'invalid_field', 'parent_refused'


def _break_whole_string(test, number):
    test.strings[number] = test.strings[number][:-5]
    # Nobody knows which backup it is of.
    return 'record_not_base64', 'parent_missing'


def _break_service(test, number):
    test.strings[number] = base.string(number, number - 1 or None, service='x')
    return 'service_mismatch', 'parent_refused'


def _break_location(test, number):
    test.repository.location_faults[base.backup_id(number)] = (
        exception.Refused(reasons.Reason.CONTAINER_INVALID, 'wrong')
    )
    return 'container_invalid', 'parent_refused'


def _break_data(test, number):
    test.repository.faults[base.backup_id(number)] = exception.Refused(
        reasons.Reason.DATA_MISSING, 'gone'
    )
    return 'data_missing', 'parent_refused'


def _break_volume(test, number):
    if number == 1:
        # There is nothing that it could differ from.
        return _break_data(test, number)
    test.strings[number] = base.string(
        number, number - 1, volume_id=samples.PARENT_ID
    )
    return 'parent_of_other_volume', 'parent_refused'


def _break_time(test, number):
    if number == 1:
        return _break_data(test, number)
    test.strings[number] = base.string(
        number, number - 1, created_at='2020-01-01T00:00:00Z'
    )
    return 'parent_not_older', 'parent_refused'


def _break_existing(test, number):
    test.import_([base.string(number)])
    test.execute("UPDATE backups SET status = 'error'")
    return 'backup_exists', 'parent_refused'


def _break_size(test, number):
    test.limit(gigabytes=100)
    test.strings[number] = base.string(number, number - 1 or None, size=101)
    return 'quota_exceeded', 'parent_refused'


class TestOneBadRecord(base.PageTestCase):
    scenarios = testscenarios.multiply_scenarios(
        [(f'number {number}', {'bad': number}) for number in CHAIN],
        [
            (how.__name__[7:], {'how': staticmethod(how)})
            for how in (
                _break_string,
                _break_whole_string,
                _break_service,
                _break_location,
                _break_data,
                _break_volume,
                _break_time,
                _break_existing,
                _break_size,
            )
        ],
        [
            ('in order', {'turn': staticmethod(lambda strings: strings)}),
            (
                'backwards',
                {'turn': staticmethod(lambda strings: strings[::-1])},
            ),
        ],
    )

    def test_takes_along_what_builds_on_it_and_nothing_else(self):
        self.limit()
        self.repository = base.Repository()
        self.strings = {
            number: base.string(number, number - 1 or None) for number in CHAIN
        }
        reason_code, others = self.how(self, self.bad)
        neighbours = [
            base.string(10),
            base.string(11, parent=10),
            base.string(12),
        ]
        expected = [
            reason_code
            if number == self.bad
            else 'created'
            if number < self.bad
            else others
            if number == self.bad + 1
            else 'parent_refused'
            for number in CHAIN
        ] + ['created'] * 3
        before = set(self.numbers())
        items = self.assertResults(
            self.turn(expected),
            self.turn([*self.strings.values(), *neighbours]),
            repository=self.repository,
        )
        created = {*range(1, self.bad), 10, 11, 12}
        self.assertEqual(created | before, set(self.numbers()))
        for item in items:
            if (
                item['reason'] == 'parent_refused'
                and others != 'parent_missing'
            ):
                self.assertIn(base.backup_id(self.bad), item['detail'])
                self.assertIn(f'({reason_code})', item['detail'])
        self.assertEqual(
            {
                number: int(number + 1 in created and number != 11)
                for number in created
            },
            {
                number: count
                for number, count in self.children().items()
                if number in created
            },
        )
