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

"""A real Ceph of one monitor and one OSD, and the real Cinder on it."""

import atexit
import contextlib
import functools
import hashlib

from pifpaf.drivers import ceph
import rados
import rbd

from cinder_backup_meta.tests.fullstack import keeper
from cinder_backup_meta.tests.fullstack import ports
from cinder_backup_meta.tests.functional import control_plane
from cinder_backup_meta.tests.functional import process

BACKUPS = 'backups'
VOLUMES = 'volumes'

_PIECE = 2**22
_TIMEOUT = 600


class Cluster(ceph.CephDriver):
    """A Ceph without authentication, with a pool for each kind of image.

    :ivar conf: the path of its configuration file
    """

    def __init__(self):
        super().__init__(port=ports.free())

    def _setUp(self):
        super()._setUp()
        self.conf = self.env['PIFPAF_CEPH_CONF']
        for pool in (BACKUPS, VOLUMES):
            self._call('ceph', 'osd', 'pool', 'create', pool, '8')
            self._call('rbd', 'pool', 'init', pool)

    def _call(self, program, *arguments):
        process.call([program, '-c', self.conf, *arguments], _TIMEOUT)

    def _exec(self, command, **arguments):
        started, output = super()._exec(command, **arguments)
        if 'wait_for_line' in arguments:
            keeper.add(started.pid)
            keeper.add_folder(self.tempdir)
            self.addCleanup(keeper.drop, started.pid)
        return started, output

    @contextlib.contextmanager
    def image(self, pool, name):
        """Open an RBD image."""
        with (
            rados.Rados(conffile=self.conf, rados_id='admin') as client,
            client.open_ioctx(pool) as context,
            rbd.Image(context, name) as image,
        ):
            yield image

    def options(self):
        """Return the options of Cinder for backups here."""
        return {
            'backup_driver': 'cinder.backup.drivers.ceph.CephBackupDriver',
            'backup_ceph_conf': self.conf,
            'backup_ceph_user': 'admin',
            'backup_ceph_pool': BACKUPS,
        }


class FilesCloud(control_plane.ControlPlane):
    """Backups are in Ceph, and volumes are files."""

    def __init__(self, cluster, config=None, **settings):
        self.cluster = cluster
        super().__init__(
            config={
                'DEFAULT': cluster.options(),
                **self._backend(),
                **(config or {}),
            },
            **settings,
        )

    def _backend(self):
        return {}


class ImagesCloud(FilesCloud):
    """Backups are in Ceph, and volumes are RBD images."""

    def _backend(self):
        return {
            'files': {
                'volume_driver': 'cinder_backup_meta.tests.ceph.volume_driver'
                '.UnauthenticatedDriver',
                'rbd_ceph_conf': self.cluster.conf,
                'rbd_user': 'admin',
                'rbd_pool': VOLUMES,
            }
        }

    def _image(self, volume_id):
        return self.cluster.image(VOLUMES, f'volume-{volume_id}')

    def write(self, volume_id, offset, data):
        with self._image(volume_id) as image:
            image.write(data, offset)

    def read_sha256(self, volume_id):
        digest = hashlib.sha256()
        with self._image(volume_id) as image:
            for offset in range(0, image.size(), _PIECE):
                digest.update(image.read(offset, _PIECE))
        return digest.hexdigest()

    def used_bytes(self, volume_id):
        """Return how much of a volume is not a hole."""
        lengths = []

        def note(_offset, length, exists):
            if exists:
                lengths.append(length)

        with self._image(volume_id) as image:
            image.diff_iterate(0, image.size(), None, note)
        return sum(lengths)


@functools.cache
def shared():
    """Return a cluster that is there until the end of this process."""
    cluster = Cluster()
    cluster.setUp()
    atexit.register(cluster.cleanUp)
    return cluster
