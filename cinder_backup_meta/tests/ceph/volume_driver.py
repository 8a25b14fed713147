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

"""Cinder's driver for RBD images in a Ceph without authentication."""

from cinder.volume.drivers import rbd


class UnauthenticatedDriver(rbd.RBDDriver):
    """Tells os-brick not to look for a keyring in ``/etc/ceph``."""

    def initialize_connection(self, *args, **kwargs):
        found = super().initialize_connection(*args, **kwargs)
        found['data']['keyring'] = ''
        return found
