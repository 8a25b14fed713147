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

"""The threads that Cinder runs in: of which kind is for its release to say.

From 29.0.0 on they can be Python's own. Before, Cinder needs eventlet, which
puts threads of its own in the place of Python's: what Cinder does with files
and backup storage would wait for ever in any other.
"""

import importlib
import importlib.util
import logging
import os
import warnings


def prepare() -> None:
    """Make this process ready for the threads of the installed Cinder.

    It has to come before anything else of Cinder is imported, and before a
    lock is made that Cinder could meet. Nothing is said on the terminal.
    """
    os.environ.setdefault('OS_CINDER_DISABLE_EVENTLET_PATCHING', '1')
    # Cinder says things before its logging is set up; Python would print
    # them. Setting up removes this handler again.
    logging.getLogger().addHandler(logging.NullHandler())
    # Imported by Cinder all the same, it warns that one should not use it.
    warnings.filterwarnings('ignore', message=r'\s*Eventlet is deprecated')
    if not _are_native():
        # Cinder's own commands patch Python where they are imported.
        importlib.import_module('cinder.cmd.backup')


def prepare_services() -> None:
    """The same, and for services, which are to run in native threads."""
    os.environ['OS_CINDER_DISABLE_EVENTLET_PATCHING'] = '1'
    prepare()
    if _are_native():
        importlib.import_module('cinder.monkey_patch').patch('threading')


def _are_native() -> bool:
    return importlib.util.find_spec('cinder.monkey_patch') is not None
