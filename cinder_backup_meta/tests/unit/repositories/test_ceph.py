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

"""Ceph, by Cinder's driver on a stand-in for Ceph's libraries.

librbd and librados do nothing without a cluster, so here dictionaries answer
for them: pools of objects and images, images with snapshots. What the tests
show is what becomes of such answers, not that Ceph gives them.
"""

import json

from cinder.backup.drivers import ceph as cinder_ceph
import fixtures
import testscenarios

from cinder_backup_meta import exception
from cinder_backup_meta import reasons
from cinder_backup_meta.tests import samples
from cinder_backup_meta.tests.unit import base
from cinder_backup_meta.tests.unit import fixed
from cinder_backup_meta.tests.unit.repositories import locations
from cinder_backup_meta.tests.unit.repositories import lookups

load_tests = testscenarios.load_tests_apply_scenarios

DRIVER = 'cinder.backup.drivers.ceph.CephBackupDriver'
CHILD_ID = 'a9993e36-4706-416a-ba3e-25717850c26c'
CHILD = {'id': CHILD_ID, 'parent_id': samples.ID}
IMAGE = f'volume-{samples.VOLUME_ID}.backup'


def name(last=samples.ID, volume_id=samples.VOLUME_ID):
    """Return what Cinder writes as service_metadata."""
    return f'{{"base": "volume-{volume_id}.backup.{last}"}}'


class Cluster:
    """Stands in for the modules ``rados`` and ``rbd``."""

    class Error(Exception):
        pass

    class ObjectNotFound(Error):
        pass

    def __init__(self):
        #: By pool, names of snapshots by image, and contents by object.
        self.pools = {}
        #: The sizes of snapshots in bytes by name, where they are not 3 GiB.
        self.sizes = {}
        self.listings = []
        self.opened = []

    # rados

    def Rados(self, rados_id, conffile):
        return self

    def connect(self):
        if self.pools is None:
            raise self.Error('error connecting to the cluster')

    def open_ioctx(self, pool):
        if pool not in self.pools:
            raise self.ObjectNotFound(f'error opening pool {pool!r}')
        return Pool(self.pools[pool])

    def pool_exists(self, pool):
        return pool in self.pools

    def shutdown(self):
        pass

    def Object(self, pool, object_name):
        return Thing(self, pool.content, object_name)

    # rbd

    def RBD(self):
        return self

    def list(self, pool):
        self.listings.append(pool)
        return [key for key in pool.content if key.startswith('volume-')]

    def Image(self, pool, image_name, read_only):
        self.opened.append(image_name)
        return Thing(self, pool.content, image_name)


class Pool:
    def __init__(self, content):
        self.content = content

    def close(self):
        pass


class Thing:
    """An image or an object."""

    def __init__(self, cluster, content, thing_name):
        self.cluster = cluster
        self.content = content
        self.name = thing_name

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass

    def list_snaps(self):
        sizes = self.cluster.sizes
        return [
            {'name': snapshot, 'size': sizes.get(snapshot, 3 * 2**30)}
            for snapshot in self.content[self.name]
        ]

    def read(self):
        return self.content[self.name]

    def stat(self):
        if self.name not in self.content:
            raise self.cluster.ObjectNotFound(self.name)


class CephTestCase(locations.LocationTestCase, base.DatabaseTestCase):
    class_path = DRIVER
    values = {'container': 'backups', 'service_metadata': name()}

    def setUp(self):
        super().setUp()
        self.cluster = Cluster()

    def driver(self):
        for module in ('rados', 'rbd'):
            self.useFixture(
                fixtures.MockPatchObject(cinder_ceph, module, self.cluster)
            )
        return cinder_ceph.CephBackupDriver(self.context)


class TestRefused(locations.RefusedTests, CephTestCase):
    scenarios = locations.scenarios(
        'container',
        [
            *locations.NO_TEXT,
            ('an absolute path', '/etc'),
            ('the parent', '..'),
            ('an image', 'backups/image'),
            ('a snapshot', 'backups@snapshot'),
            ('an option', '--pool=volumes'),
            ("a pool of Ceph's own", '.mgr'),
            ('a wildcard', 'backups*'),
            ('a space', 'my backups'),
            ('a letter beyond ASCII', 'b\xe4ckups'),
        ],
    ) + locations.scenarios(
        'service_metadata',
        [
            *locations.NO_TEXT[1:],
            ('another backup', name(samples.PARENT_ID)),
            ('another volume', name(volume_id=samples.PARENT_ID)),
            ('ids exchanged', name(samples.VOLUME_ID, samples.ID)),
            ('the image of the oldest releases', name('base')),
            ('a part of the id', name(samples.ID[:-1])),
            ('more behind the id', name(samples.ID + '-1')),
            ('a snapshot behind the id', name(samples.ID + '@x')),
            ('a wildcard', name('*')),
            ('a volume', f'{{"base": "volume-{samples.VOLUME_ID}"}}'),
            ('a path', f'{{"base": "volumes/{IMAGE}.{samples.ID}"}}'),
            ('the bare name', f'{IMAGE}.{samples.ID}'),
            ('a trailing space', name() + ' '),
            ('other spaces', name().replace(': ', ':')),
            ('more keys', name()[:-1] + ', "a": 1}'),
            ('the key twice', name()[:-1] + ', "base": "volume-x"}'),
            ('no object', '"base"'),
            ('null in JSON', '{"base": null}'),
            ('capitals in the id', name(samples.ID.upper())),
            ('a Cyrillic letter', name().replace('backup', 'b\u0430ckup')),
            ('another hyphen', name().replace('-', '\u2010')),
            ('quotes of full width', name().replace('"', '\uff02')),
        ],
    )


class TestRefusedChild(locations.RefusedTests, CephTestCase):
    values = CephTestCase.values | CHILD
    scenarios = locations.scenarios(
        'service_metadata',
        [
            ('another volume', name(volume_id=samples.PARENT_ID)),
            ('a wildcard', name('*')),
            ('no id', name('')),
            ('another word', name('bases')),
            ('a part of an id', name(samples.ID[:-1])),
        ],
    )


class TestAccepted(locations.AcceptedTests, CephTestCase):
    scenarios = locations.scenarios(
        'container',
        [
            ('the default', 'backups'),
            ('dots and hyphens', 'cinder.backups-1_a'),
        ],
    ) + locations.scenarios(
        'service_metadata',
        [('null', None), ('the own image', name())],
    )


class TestAcceptedChild(locations.AcceptedTests, CephTestCase):
    values = TestRefusedChild.values
    scenarios = locations.scenarios(
        'service_metadata',
        [
            ('null', None),
            ("the parent's image", name()),
            ("the first parent's image", name(samples.PARENT_ID)),
            ('the image of the oldest releases', name('base')),
        ],
    )


class TestParent(CephTestCase):
    _cases = [
        ("the parent's image", name(), name(), None),
        ('both old', None, None, None),
        ('an old parent', name('base'), None, None),
        ('a whole copy of a snapshot', None, name(), None),
        ('an image of its own', name(CHILD_ID), name(), 'the parent'),
        ('the image of another', name(samples.PARENT_ID), name(), 'image'),
        ("not the old parent's", name(), None, 'base image of the parent'),
        ('old, of a parent that is not', name('base'), name(), 'the parent'),
        ('of a parent that is none', name(), 'x' * 300, 'the parent'),
    ]
    scenarios = [
        (case, {'own': own, 'of_parent': of_parent, 'text': text})
        for case, own, of_parent, text in _cases
    ]

    def test_image(self):
        repository = self.repository()
        child = self.record(**CHILD | {'service_metadata': self.own})
        parent = self.record()
        parent.service_metadata = self.of_parent
        if not self.text:
            self.assertIsNone(repository.check_parent(child, parent))
            return
        error = self.assertRaises(
            exception.Refused, repository.check_parent, child, parent
        )
        self.assertEqual(reasons.Reason.SERVICE_METADATA_INVALID, error.code)
        self.assertIn(self.text, str(error))
        self.assertLess(len(str(error)), 200)


class TestMustLook(CephTestCase):
    def test_no_name_proves_anything(self):
        repository = self.repository()
        for record in (
            # At deletion the shared image takes the place of a missing one.
            self.record(),
            self.record(service_metadata=None),
            self.record(**CHILD),
            self.record(**CHILD | {'service_metadata': name('base')}),
        ):
            self.assertTrue(repository.must_look(record))


class TestPool(CephTestCase):
    def test_pool_of_the_parent(self):
        child = self.record(**CHILD)
        parent = self.record(container='elsewhere')
        error = self.assertRaises(
            exception.Refused, self.repository().check_parent, child, parent
        )
        self.assertEqual(reasons.Reason.CONTAINER_INVALID, error.code)


class TestExistence(CephTestCase):
    def setUp(self):
        super().setUp()
        self.content = {}
        self.cluster.pools = {'backups': self.content}

    def _snapshot(self, image, *backup_ids):
        self.content[f'{IMAGE}.{image}'] = [
            f'backup.{backup_id}.snap.1700000000.5' for backup_id in backup_ids
        ]

    def _find(self, *records):
        return lookups.find_missing(
            self.repository(), records or [self.record()]
        )

    def assertMissing(self, text, *records):
        [what] = self._find(*records).values()
        self.assertIn(text, what)

    def _old(self, **changes):
        return self.record(service_metadata=None, **changes)

    def test_full_backup(self):
        self._snapshot(samples.ID, samples.ID)
        self.assertEqual({}, self._find())

    def test_chain(self):
        self._snapshot(samples.ID, samples.ID, CHILD_ID)
        self.assertEqual({}, self._find(self.record(), self.record(**CHILD)))
        self.assertEqual(1, len(self.cluster.listings))
        self.assertEqual([f'{IMAGE}.{samples.ID}'], self.cluster.opened)

    def test_snapshot_of_another_size(self):
        self._snapshot(samples.ID, samples.ID)
        [snapshot] = self.content[f'{IMAGE}.{samples.ID}']
        self.cluster.sizes[snapshot] = 2**30
        self.assertMissing('1 GiB, but the size in the record is 3')
        # Where Ceph does not tell.
        self.cluster.sizes[snapshot] = None
        self.assertEqual({}, self._find())

    def test_whole_copy_of_another_size(self):
        self._snapshot(samples.ID)
        self._keep_metadata(samples.ID, size=1)
        self.assertMissing(
            '1 GiB, but the size in the record is 3', self._old()
        )
        self._keep_metadata(samples.ID, size=3)
        self.assertEqual({}, self._find(self._old()))

    def test_child_of_a_whole_copy_of_a_snapshot(self):
        # Nothing there is the child's, and its deletion would remove all.
        self._snapshot('base')
        self._keep_metadata(samples.ID)
        child = self.record(**CHILD | {'service_metadata': name('base')})
        parent = self._old(snapshot_id=samples.PARENT_ID)
        self.assertIsNone(self.repository().check_parent(child, parent))
        self.assertMissing('its snapshot', child)

    def test_missing_image_beside_a_whole_copy_of_a_snapshot(self):
        self._snapshot('base')
        self.assertMissing(f'{IMAGE}.{samples.ID} is missing', self.record())

    def test_no_image(self):
        self._snapshot(samples.PARENT_ID, samples.ID)
        self.assertMissing(f'{IMAGE}.{samples.ID} is missing')

    def test_no_snapshot(self):
        self._snapshot(samples.ID, CHILD_ID)
        self.assertMissing(f'snapshot of the image {IMAGE}.{samples.ID}')

    def test_two_snapshots(self):
        # Cinder's driver then refuses to do anything with the backup.
        self._snapshot(samples.ID, samples.ID, samples.ID)
        self.assertMissing('its snapshot')

    def test_other_snapshots(self):
        self.content[f'{IMAGE}.{samples.ID}'] = [f'{samples.ID}', 'mine']
        self.assertMissing('its snapshot')

    def test_whole_copy(self):
        self._snapshot(samples.ID)
        self.assertEqual({}, self._find(self._old()))

    def test_old_snapshot(self):
        self._snapshot('base', samples.ID)
        self.assertEqual({}, self._find(self._old()))

    def test_old_snapshot_of_another_backup(self):
        self._snapshot('base', CHILD_ID)
        self.assertMissing('its snapshot', self._old())

    def test_old_image_without_snapshots(self):
        self._snapshot('base')
        self.assertMissing('its snapshot', self._old())

    def test_nothing_old(self):
        self.assertMissing(f'{IMAGE}.base is missing', self._old())
        self.assertMissing(f'and so is {IMAGE}.{samples.ID}', self._old())

    def test_whole_copy_of_a_snapshot(self):
        self._snapshot('base')
        record = self._old(snapshot_id=samples.PARENT_ID)
        self.assertMissing('its snapshot', record)
        self._keep_metadata(CHILD_ID)
        self.assertMissing('its snapshot', record)
        self._keep_metadata(samples.ID)
        self.assertEqual({}, self._find(record))
        self.assertMissing('its snapshot', self._old())
        self._snapshot('base', CHILD_ID)
        self.assertMissing('its snapshot', record)

    def test_whole_copy_of_a_snapshot_of_another_volume(self):
        self._snapshot('base')
        record = self._old(snapshot_id=samples.PARENT_ID)
        self._keep_metadata(samples.ID, samples.PARENT_ID)
        self.assertMissing('its snapshot', record)

    def test_whole_copy_with_broken_metadata(self):
        self._snapshot('base')
        record = self._old(snapshot_id=samples.PARENT_ID)
        for text in ('', '{', '[]', 'null', '{"volume-base-metadata": []}'):
            self.content[f'backup.{samples.ID}.meta'] = text.encode()
            self.assertMissing('its snapshot', record)

    def _keep_metadata(self, backup_id, volume_id=samples.VOLUME_ID, size=3):
        """Keep what Cinder does of the volume, as far as it is looked at."""
        row = {'id': volume_id, 'size': size}
        content = {'version': 2, 'volume-base-metadata': row}
        text = json.dumps(content).encode()
        self.content[f'backup.{backup_id}.meta'] = text

    def test_no_pool(self):
        self.assertMissing(
            'its pool is missing', self.record(container='others')
        )

    def test_no_pool_of_its_own(self):
        self.cluster.pools = {}
        error = self.assertRaises(exception.Refused, self._find)
        self.assertEqual(reasons.Reason.DATA_UNREADABLE, error.code)
        self.assertIn('ObjectNotFound', str(error))

    def test_pools_apart(self):
        self._snapshot(samples.ID, samples.ID)
        other = self.record(id=CHILD_ID, container='others')
        self.assertEqual([CHILD_ID], list(self._find(self.record(), other)))

    def test_cluster_that_does_not_answer(self):
        self.cluster.pools = None
        error = self.assertRaises(exception.Refused, self._find)
        self.assertEqual(reasons.Reason.DATA_UNREADABLE, error.code)
        self.assertIn('error connecting', str(error))

    def test_nothing_but_reading(self):
        # The stand-in has no method that changes anything.
        self._snapshot(samples.ID, samples.ID)
        before = {key: list(value) for key, value in self.content.items()}
        self._find()
        self.assertEqual(before, self.content)


class TestWithoutLibraries(base.DatabaseTestCase):
    def test_cannot_look(self):
        for module in ('rados', 'rbd'):
            path = f'cinder.backup.drivers.ceph.{module}'
            self.useFixture(fixtures.MonkeyPatch(path, None))
        driver = cinder_ceph.CephBackupDriver(self.context)
        self.assertIsNone(fixed.repository(driver, DRIVER).lookup)
