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

"""The base classes of the plugin's versioned objects."""

import copy
import typing

from cinder import context as cinder_context
from cinder.objects import base
from oslo_versionedobjects import fields

from cinder_backup_meta import exception
from cinder_backup_meta.record import ids

# Cinder has one registry for the process, and its serializer accepts only
# objects in Cinder's own namespace. The plugin's objects are therefore in it
# too. Their names begin with ``BackupRecord``, which none of Cinder's does.
register = base.CinderObjectRegistry.register

Self = typing.TypeVar('Self', bound='BackupMetaObject')
SelfAnswer = typing.TypeVar('SelfAnswer', bound='BackupMetaAnswer')


class BackupMetaObject(base.CinderObject):
    """Base class of the plugin's versioned objects."""

    #: Values of fields that :meth:`with_defaults` is not given, besides the
    #: defaults that the fields themselves declare. Those are part of an
    #: object's fingerprint, these are not.
    EMPTY: typing.ClassVar[dict[str, typing.Any]] = {}

    #: The fields with ids, or lists of ids, that a caller of the API or of a
    #: command may have given
    IDS: typing.ClassVar[tuple[str, ...]] = ()

    @classmethod
    def with_defaults(
        cls: type[Self],
        context: cinder_context.RequestContext,
        **values: typing.Any,
    ) -> Self:
        """Return an object in which the fields not given have defaults.

        The ids in it are spelled as Cinder spells them.
        """
        for name in cls.IDS:
            if name in values:
                values[name] = _canonical(values[name])
        made = cls(context, **(copy.deepcopy(cls.EMPTY) | values))
        made.obj_set_defaults()
        return made

    def obj_load_attr(self, attrname: str) -> None:
        """Give a field its default if a sender of an older version lacks it.

        :raises NotImplementedError: if it has none, as for any unset field
        """
        if self.fields[attrname].default is fields.UnspecifiedDefault:
            super().obj_load_attr(attrname)
        self.obj_set_defaults(attrname)


def _canonical(value: typing.Any) -> typing.Any:
    if isinstance(value, str):
        return ids.canonical(value)
    return value and [ids.canonical(one) for one in value]


class BackupMetaAnswer(BackupMetaObject):
    """Base class of the answers to exports, imports and recoveries.

    The plugin's exceptions cannot cross RPC, so a refusal travels as an answer
    with its reason code. A subclass has the fields ``result``, ``reason`` and
    ``detail``.
    """

    #: The request was carried out
    DONE = 'done'
    #: The request was refused and nothing was changed
    REFUSED = 'refused'

    @classmethod
    def done(
        cls: type[SelfAnswer],
        context: cinder_context.RequestContext,
        **values: typing.Any,
    ) -> SelfAnswer:
        """Return the answer to a request that was carried out."""
        return cls.with_defaults(context, result=cls.DONE, **values)

    @classmethod
    def refused(
        cls: type[SelfAnswer],
        context: cinder_context.RequestContext,
        error: exception.Refused,
        **values: typing.Any,
    ) -> SelfAnswer:
        """Return the answer to a request that was refused."""
        return cls.with_defaults(
            context,
            result=cls.REFUSED,
            reason=str(error.code),
            detail=str(error.kwargs['detail']),
            **values,
        )
