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

import testtools

from cinder_backup_meta.client import errors
from cinder_backup_meta.client import sending


class TestSending(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.sizes = []

    def send_all(self, strings, refuse=None, max_records=1000):
        """Send records to a service that refuses some pages."""
        arrived = []

        def send(page):
            self.sizes.append(len(page))
            error = refuse and refuse(page)
            if error:
                raise error
            arrived.extend(page)
            return {'number': len(page)}

        answers = list(sending.send_all(send, iter(strings), max_records))
        self.assertEqual(len(arrived), sum(a['number'] for a in answers))
        return arrived

    def test_pages_of_records(self):
        strings = [str(n) for n in range(2500)]
        self.assertEqual(strings, self.send_all(strings))
        self.assertEqual([1000, 1000, 500], self.sizes)

    def test_nothing(self):
        self.assertEqual([], self.send_all([]))
        self.assertEqual([], self.sizes)

    def test_pages_of_characters(self):
        fat = 'x' * (sending.MAX_CHARACTERS // 3)
        self.assertEqual(7 * [fat], self.send_all(7 * [fat]))
        self.assertEqual([3, 3, 1], self.sizes)

    def test_record_that_is_larger_than_a_page(self):
        giant = 'x' * (sending.MAX_CHARACTERS + 1)
        self.assertEqual(['a', giant, 'b'], self.send_all(['a', giant, 'b']))
        self.assertEqual([1, 1, 1], self.sizes)

    def test_body_too_large(self):
        def refuse(page):
            if sum(map(len, page)) > 100:
                return errors.RequestFailed('large', status=413)

        strings = [f'{n:010}' for n in range(1000)]
        self.assertEqual(strings, self.send_all(strings, refuse))
        self.assertEqual([1000, 500, 250, 125, 62, 31, 15, 7], self.sizes[:8])
        self.assertEqual({7, 6}, set(self.sizes[7:]))

    def test_connection_closed_over_a_large_body(self):
        limit = 114688

        def refuse(page):
            if sum(map(len, page)) > limit:
                return errors.Unreachable('closed')

        strings = ['x' * 2000] * 1000
        self.assertEqual(strings, self.send_all(strings, refuse))
        self.assertEqual([1000, 55, 55], self.sizes[:3])

    def test_connection_lost(self):
        def refuse(_page):
            return errors.Unreachable('gone')

        self.assertRaises(
            errors.Unreachable, self.send_all, ['x' * 2000] * 1000, refuse
        )
        self.assertEqual([1000, 55], self.sizes)

    def test_too_many_records(self):
        def refuse(page):
            if len(page) > 300:
                return errors.RequestFailed(
                    'There are more than the option osapi_max_limit.',
                    status=400,
                )

        strings = [str(n) for n in range(1000)]
        self.assertEqual(strings, self.send_all(strings, refuse))
        self.assertEqual([1000, 500, 250, 250, 250, 250], self.sizes)

    def test_quota_is_no_matter_of_size(self):
        error = errors.RequestFailed(
            'No. [quota_exceeded]', code='quota_exceeded', status=413
        )
        self.assertRaises(
            errors.RequestFailed, self.send_all, ['a', 'b'], lambda _p: error
        )
        self.assertEqual([2], self.sizes)

    def test_one_record_too_large(self):
        error = errors.RequestFailed('large', status=413)
        self.assertRaises(
            errors.RequestFailed, self.send_all, ['a', 'b'], lambda _p: error
        )
        self.assertEqual([2, 1], self.sizes)
