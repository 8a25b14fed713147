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

from castellan.common import exception as castellan_exception
from cinder.keymgr import conf_key_mgr

from cinder_backup_meta.tests import samples
from cinder_backup_meta.tests.unit.importer import base


class Manager(conf_key_mgr.ConfKeyManager):
    """Fails for the keys that it is told to fail for.

    :cvar bad: ends of the ids of these keys
    :cvar missing: the same of keys that are not there
    :cvar asked: ids of the keys that it was asked for
    :cvar made: number of managers that were made
    """

    bad = ()
    missing = ()
    asked = []
    made = 0

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        type(self).made += 1

    def get(self, context, managed_object_id):
        self.asked.append(managed_object_id)
        if managed_object_id.endswith(self.bad):
            raise castellan_exception.KeyManagerError(reason='down')
        if managed_object_id.endswith(self.missing):
            raise KeyError
        return None


def key_id(number):
    return f'00000000-0000-0000-0000-{number:012}'


class TestKeys(base.PageTestCase):
    def _use(self, manager):
        name = f'{manager.__module__}.{manager.__name__}'
        self.config.config(backend=name, group='key_manager')

    def _manage(self, **values):
        values = {'asked': [], 'made': 0} | values
        for name, value in values.items():
            self.patch(Manager, name, value)
        self._use(Manager)

    def _strings(self, number):
        return [
            base.string(place, encryption_key_id=key_id(place))
            for place in range(number)
        ]

    def test_some_that_are_not_here(self):
        # Cinder's own manager for tests has this one key.
        self._use(conf_key_mgr.ConfKeyManager)
        self.config.config(fixed_key='1' * 64, group='key_manager')
        strings = [
            base.string(1, encryption_key_id=key_id(0)),
            base.string(2, encryption_key_id=samples.PARENT_ID),
            base.string(3),
            base.string(4, encryption_key_id=samples.PARENT_ID),
        ]
        items = self.assertResults(
            ['created', 'key_missing', 'created', 'key_missing'], strings
        )
        self.assertIn(samples.PARENT_ID, items[1]['detail'])
        self.assertResults(
            ['unchanged', 'created', 'unchanged', 'created'],
            strings,
            allow_missing_key=True,
        )

    def test_each_is_asked_for_once_by_one_manager(self):
        self._manage()
        self.limit()
        strings = self._strings(100)
        strings.append(base.string(100, encryption_key_id=key_id(7)))
        self.assertResults(['created'] * 101, strings)
        self.assertEqual(
            [key_id(number) for number in range(100)], sorted(Manager.asked)
        )
        self.assertEqual(1, Manager.made)

    def test_some_that_the_manager_does_not_tell_of(self):
        self._manage(bad=('3', '4'), missing=('5', '8'))
        self.limit()
        self.assertResults(
            [
                {
                    3: 'key_manager_failed',
                    4: 'key_manager_failed',
                    5: 'key_missing',
                    8: 'key_missing',
                }.get(number % 10, 'created')
                for number in range(100)
            ],
            self._strings(100),
        )
        self.assertEqual(100, len(Manager.asked))

    def test_manager_that_is_down_is_left_alone_soon(self):
        self._manage(bad=('',))
        items = self.assertUnchanged(
            ['key_manager_failed'] * 100, self._strings(100)
        )
        self.assertLess(len(Manager.asked), 30)
        self.assertIn('KeyManagerError', items[0]['detail'])
        self.assertIn(key_id(99), items[99]['detail'])
