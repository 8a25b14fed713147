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

"""The host service: the real Cinder that the plugin is dropped into.

A process that is not one of Cinder's own, such as a command, calls one of the
functions here before it imports anything of Cinder.

The kind of threads that Cinder runs in depends on its release. From 29.0.0 on
they can be Python's own. Earlier releases need eventlet, which replaces
Python's threads by its own: in any other thread, Cinder's use of files and of
backup storage would wait forever.
"""

from collections.abc import Callable
import importlib
import importlib.util
import logging
import os
import sys
import typing
import warnings

_Result = typing.TypeVar('_Result')


def is_installed(program: str) -> bool:
    """Return whether Cinder is installed.

    :param program: the name of the command, for the message that is written
        to standard error if Cinder is not installed
    """
    if importlib.util.find_spec('cinder') is not None:
        return True
    sys.stderr.write(
        f'{program}: error: the Python package cinder is not installed: '
        "run pip install 'cinder-backup-meta[cinder]'\n"
    )
    return False


def prepare_command() -> None:
    """Prepare this process for a command that uses Cinder's modules.

    It must be called before anything else of Cinder is imported. Some of
    Cinder's modules need its objects to be registered before their import.
    """
    _prepare_threads()
    from cinder import objects

    objects.register_all()


def prepare_services() -> None:
    """Prepare this process to run Cinder's services, in native threads.

    It must be called before anything else of Cinder is imported, and before a
    lock is made that Cinder could use.
    """
    os.environ['OS_CINDER_DISABLE_EVENTLET_PATCHING'] = '1'
    _prepare_threads()
    if _has_native_threads():
        importlib.import_module('cinder.monkey_patch').patch('threading')


def run_blocking(
    function: Callable[..., _Result], *arguments: typing.Any
) -> _Result:
    """Return the result of a function that waits within the kernel.

    Under eventlet, a file system that hangs would stop the whole process, so
    that the function is run in one of eventlet's native threads. It must not
    log or use locks there, which are eventlet's own.
    """
    if 'eventlet' in sys.modules:
        patcher = importlib.import_module('eventlet.patcher')
        if patcher.is_monkey_patched('thread'):
            tpool = importlib.import_module('eventlet.tpool')
            return typing.cast(_Result, tpool.execute(function, *arguments))
    return function(*arguments)


def _prepare_threads() -> None:
    """Choose the threads of the installed Cinder, and print nothing."""
    os.environ.setdefault('OS_CINDER_DISABLE_EVENTLET_PATCHING', '1')
    # Cinder logs before its logging is set up, which Python would print to
    # the terminal. Setting up the logging removes this handler.
    logging.getLogger().addHandler(logging.NullHandler())
    # Cinder imports eventlet in any case, which then warns against its use.
    warnings.filterwarnings('ignore', message=r'\s*Eventlet is deprecated')
    if not _has_native_threads():
        # Cinder's own commands patch Python when they are imported.
        importlib.import_module('cinder.cmd.backup')


def _has_native_threads() -> bool:
    return importlib.util.find_spec('cinder.monkey_patch') is not None
