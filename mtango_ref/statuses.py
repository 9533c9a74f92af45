"""The HTTP status of each of Tango's failures, for the extension `status`.

The innermost error decides, which says what went wrong; the outer ones say where. Errors of a
device server's own have reasons that nobody knows: 500.
"""

from __future__ import annotations

from collections.abc import Sequence

from mtango_ref.model import DevError

_REASONS: dict[int, tuple[str, ...]] = {
    # RFC 9110, 15.5.4: understood, and refused. By a rule of the device, its state, or a lock.
    403: (
        *("API_AttrNotAllowed", "API_CommandNotAllowed", "API_PipeNotAllowed"),
        *("API_ReadOnlyMode", "API_DeviceLocked", "API_DeviceUnlockable"),
    ),
    # 15.5.5: "did not find a current representation".
    404: (
        *("API_AttrNotFound", "API_CommandNotFound", "API_PipeNotFound"),
        *("API_UnsupportedAttribute", "DB_DeviceNotDefined", "API_DeviceNotDefined"),
        *("API_DeviceNotFound", "DB_NotDefined", "DB_AttributeNotDefined"),
        # A name that nothing can have.
        *("API_WrongDeviceNameSyntax", "API_WrongAttributeNameSyntax"),
        # The history of what is not polled is not there.
        *("API_AttrNotPolled", "API_CmdNotPolled", "API_DeviceNotPolled", "API_PollObjNotFound"),
    ),
    # 15.5.6: "known in the request line but not supported by the target resource".
    405: ("API_AttrNotWritable", "API_PipeNotWritable"),
    # 15.5.21: the content is well-formed, and cannot be processed.
    422: (
        *("API_IncompatibleAttrDataType", "API_IncompatibleAttrArgumentType"),
        *("API_IncompatibleCmdArgumentType", "API_IncompatibleArgumentType"),
        *("API_WAttrOutsideLimit", "API_AttrIncorrectDataNumber", "API_IncoherentValues"),
        *("API_AttrOptProp", "API_AttrConfig", "API_AttrEventProp", "API_AttrPropValueNotSet"),
        *("API_PipeWrongArg", "API_PipeDuplicateDEName", "API_PipeNoDataElement"),
        *("API_NotSupportedFeature", "DB_IncorrectArguments"),
        # Of its own, and not around another: the same attribute is asked for twice.
        "API_AttributeFailed",
        *("API_WrongFormat", "API_InvalidArgs", "API_WrongNumberOfArgs", "API_MethodArgument"),
    ),
    # 15.6.4: "likely be alleviated after some delay".
    503: (
        *("API_DeviceNotExported", "API_CantConnectToDevice", "API_CantConnectToDatabase"),
        *("API_CorbaException", "API_CommunicationFailed", "API_ConnectionFailed"),
        *("API_ServerNotRunning", "API_ShutdownInProgress", "API_NoDataYet"),
    ),
    # 15.6.5: no "timely response" of what was asked.
    504: ("API_DeviceTimedOut", "API_CommandTimedOut"),
}
_STATUSES = {reason: status for status, reasons in _REASONS.items() for reason in reasons}

OTHER = 500
STATUSES = (*_REASONS, OTHER)
"""Each status that a failure can have."""


def status_of(errors: Sequence[DevError]) -> int:
    """Return the status of a stack of errors, innermost first."""
    return status_of_reason(errors[0].reason)


def status_of_reason(reason: str) -> int:
    """Return the status of an innermost error by its reason."""
    return _STATUSES.get(reason, OTHER)
