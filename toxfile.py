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

"""The runner of the tox environments that share a folder of packages.

tox records the name of an environment in its folder and installs everything
again where it finds another. The environments with ``runner = shared`` differ
in their commands alone, and record one name for all of them.
"""

from collections.abc import Generator
import contextlib
import typing

from tox.plugin import impl
from tox.tox_env import api
from tox.tox_env import info
from tox.tox_env import register
from tox.tox_env.python.virtual_env import runner


class SharedInfo(info.Info):
    """What a folder records, without the name of the environment."""

    @contextlib.contextmanager
    def compare(
        self, value: typing.Any, section: str, sub_section: str | None = None
    ) -> Generator[tuple[bool, typing.Any | None], None, None]:
        if section == api.ToxEnv.__name__:
            value = {**value, 'name': SharedRunner.id()}
        with super().compare(value, section, sub_section) as result:
            yield result


class SharedRunner(runner.VirtualEnvRunner):
    """A virtual environment that any environment of this runner may use."""

    @staticmethod
    def id() -> str:
        return 'shared'

    @property
    def cache(self) -> info.Info:
        return SharedInfo(self.env_dir)


@impl
def tox_register_tox_env(register: register.ToxEnvRegister) -> None:
    register.add_run_env(SharedRunner)
