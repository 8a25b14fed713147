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

"""What a command does before it imports Cinder, the host service."""

import importlib.util
import sys

from cinder_backup_meta import threads


def is_installed(program: str) -> bool:
    """Tell whether Cinder is installed; if not, say so as ``program``."""
    if importlib.util.find_spec('cinder') is not None:
        return True
    sys.stderr.write(
        f'{program}: error: the Python package cinder is not installed: '
        "run pip install 'cinder-backup-meta[cinder]'\n"
    )
    return False


def prepare() -> None:
    """Import Cinder as its own services do, but without a word.

    What imports Cinder has to come after that: of its objects some modules of
    its own want to be registered before they are imported.
    """
    threads.prepare()
    from cinder import objects

    objects.register_all()
