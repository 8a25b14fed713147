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

"""Check that the sample of the configuration and of the policies is complete.

``python tools/check_samples.py`` generates both and looks for every option
and every rule in them: the generators ignore a module that they cannot import.
"""

from collections.abc import Iterable
import pathlib
import subprocess
import sys
import tempfile
import warnings

ROOT = pathlib.Path(__file__).resolve().parent.parent
ETC = ROOT / 'etc' / 'cinder_backup_meta'


def options() -> list[str]:
    """Return how each option of the package appears in a sample."""
    from cinder_backup_meta import conf

    return [f'#{opt.name} =' for _, opts in conf.list_opts() for opt in opts]


def rules() -> list[str]:
    """Return how each policy rule of the package appears in a sample."""
    from cinder_backup_meta import policies

    return [f'#"{rule.name}":' for rule in policies.list_rules()]


def generate(generator: str, config: str) -> str:
    """Return the sample that one of oslo's generators writes.

    :param generator: the name of the program
    :param config: the name of its configuration file
    """
    with tempfile.TemporaryDirectory() as folder:
        sample = pathlib.Path(folder, 'sample')
        subprocess.run(
            [
                pathlib.Path(sys.executable).with_name(generator),
                *('--config-file', ETC / config),
                *('--output-file', sample),
            ],
            cwd=ROOT,
            check=True,
        )
        return sample.read_text()


def missing(sample: str, wanted: Iterable[str]) -> list[str]:
    """Return what the sample lacks; an empty list of wants lacks "any"."""
    wanted = list(wanted)
    return [one for one in wanted if one not in sample] if wanted else ['any']


def main() -> int:
    """Check both samples; return 1 if one is incomplete."""
    with warnings.catch_warnings():
        # Cinder's own imports warn.
        warnings.simplefilter('ignore')
        samples = (
            ('oslo-config-generator', 'config-generator.conf', options()),
            ('oslopolicy-sample-generator', 'policy-generator.conf', rules()),
        )
    status = 0
    for generator, config, wanted in samples:
        if lacking := missing(generate(generator, config), wanted):
            print(f'{generator}: the sample lacks {", ".join(lacking)}')
            status = 1
    return status


if __name__ == '__main__':
    sys.exit(main())
