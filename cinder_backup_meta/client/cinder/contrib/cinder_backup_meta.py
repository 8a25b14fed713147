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

"""The extension of cinderclient, installed into ``cinderclient/v3/contrib/``.

Every release of cinderclient loads extensions from there, on every Python. Its
other method, modules whose names end with ``cinderclient_ext``, makes all of
its commands fail from Python 3.12 on.
"""

try:
    from cinder_backup_meta.client.cinder import shell
except ImportError:
    # Without the package the other commands of cinderclient must work.
    pass
else:
    for _name in shell.__all__:
        globals()[_name] = getattr(shell, _name)
