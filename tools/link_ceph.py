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

"""Link the system's Python modules for Ceph into a virtual environment.

PyPI has neither ``rados`` nor ``rbd``. Run it by the Python of the virtual
environment, which has to be of the release that the system's modules are for.
"""

import pathlib
import sys
import sysconfig

#: The modules and Debian's packages of them.
PACKAGES = {'rados': 'python3-rados', 'rbd': 'python3-rbd'}
FOLDER = pathlib.Path('/usr/lib/python3/dist-packages')


def main() -> str | None:
    """Link them; return what is wrong, if anything."""
    suffix = sysconfig.get_config_var('EXT_SUFFIX')
    target = pathlib.Path(sysconfig.get_path('platlib'))
    if sys.prefix == sys.base_prefix:
        return f'{sys.executable} is not of a virtual environment'
    for name, package in PACKAGES.items():
        source = FOLDER / f'{name}{suffix}'
        if not source.exists():
            return f'{source} is missing: apt install {package}'
        link = target / source.name
        link.unlink(missing_ok=True)
        link.symlink_to(source)
    return None


if __name__ == '__main__':
    sys.exit(main())
