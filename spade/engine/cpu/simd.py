"""Short float vectors for numba, so that kernels say which instructions they mean.

A `Vector` is `LANES` float32 values in one register. LLVM's own vectoriser gives up on loops that
touch dozens of streams, which is what a Winograd transform is; with explicit vectors it need not
guess. `LANES` follows the machine: 16 with AVX-512, 8 elsewhere (LLVM splits what does not fit).
"""

# ruff: noqa: ARG001 (an intrinsic's typing function takes arguments that only numba reads)

import operator
from collections.abc import Callable
from typing import Any, cast

import llvmlite.binding as llvm
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic as numba_intrinsic
from numba.extending import models, overload, register_model

# Numba types an intrinsic by the signature of its typing function; callers see another one.
intrinsic = cast(Callable[[Callable[..., Any]], Any], numba_intrinsic)

LANES = 16 if llvm.get_host_cpu_features().get("avx512f", False) else 8
FLOAT = ir.FloatType()
VECTOR = ir.VectorType(FLOAT, LANES)
INDEX = ir.IntType(64)


class VectorType(types.Type):
    """Numba's type of a `Vector`."""

    def __init__(self) -> None:
        super().__init__(name=f"Vector{LANES}")


vector_type: Any = cast(Any, VectorType)()


@register_model(VectorType)
class VectorModel(models.PrimitiveModel):
    """A vector is one LLVM value."""

    def __init__(self, manager: Any, numba_type: Any) -> None:
        super().__init__(manager, numba_type, VECTOR)  # type: ignore[no-untyped-call]


def data_pointer(context: Any, builder: Any, array_type: Any, array: Any) -> Any:
    """Return the LLVM pointer to an array argument's first element."""
    return context.make_array(array_type)(context, builder, array).data


def vector_pointer(builder: Any, pointer: Any, offset: Any) -> Any:
    """Return a vector pointer to the element `offset` of a float pointer."""
    return builder.bitcast(builder.gep(pointer, [offset]), VECTOR.as_pointer())


def spread(builder: Any, scalar: Any) -> Any:
    """Return a vector with the same LLVM scalar in every lane."""
    undefined = ir.Constant(VECTOR, ir.Undefined)
    first = builder.insert_element(undefined, scalar, ir.Constant(ir.IntType(32), 0))
    lanes = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
    return builder.shuffle_vector(first, undefined, lanes)


def fused(builder: Any) -> Any:
    """Return LLVM's vector fused multiply-add."""
    kind = ir.FunctionType(VECTOR, [VECTOR] * 3)
    insert = cast(Any, cgutils.get_or_insert_function)
    return insert(builder.module, kind, f"llvm.fma.v{LANES}f32")


@intrinsic
def load(_typing: Any, array: Any, offset: Any) -> Any:
    """Read a vector from element `offset` of a flat float32 array."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        pointer = data_pointer(context, builder, signature.args[0], args[0])
        return builder.load(vector_pointer(builder, pointer, args[1]), align=4)

    return vector_type(array, types.int64), codegen


@intrinsic
def store(_typing: Any, array: Any, offset: Any, value: Any) -> Any:
    """Write a vector to element `offset` of a flat float32 array."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        pointer = data_pointer(context, builder, signature.args[0], args[0])
        builder.store(args[2], vector_pointer(builder, pointer, args[1]), align=4)
        return context.get_dummy_value()

    return types.void(array, types.int64, vector_type), codegen


@intrinsic
def splat(_typing: Any, value: Any) -> Any:
    """Return a vector with `value` in every lane."""

    def codegen(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return spread(builder, args[0])

    return vector_type(types.float32), codegen


@intrinsic
def fma(_typing: Any, a: Any, b: Any, c: Any) -> Any:
    """Return a * b + c, rounded once."""

    def codegen(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return builder.call(fused(builder), args)

    return vector_type(vector_type, vector_type, vector_type), codegen


@intrinsic
def maximum(_typing: Any, a: Any, b: Any) -> Any:
    """Return the larger of each pair of lanes."""

    def codegen(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        larger = builder.fcmp_ordered(">", args[0], args[1])
        return builder.select(larger, args[0], args[1])

    return vector_type(vector_type, vector_type), codegen


def _arithmetic(name: str) -> Any:
    @intrinsic
    def apply(_typing: Any, a: Any, b: Any) -> Any:
        def codegen(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
            return getattr(builder, name)(*args)

        return vector_type(vector_type, vector_type), codegen

    return apply


def _overload(symbol: Any, name: str) -> None:
    apply = _arithmetic(name)

    @overload(symbol)
    def implement(a, b):  # type: ignore[no-untyped-def]
        if a is vector_type and b is vector_type:
            return lambda a, b: apply(a, b)
        return None


_overload(operator.add, "fadd")
_overload(operator.sub, "fsub")
_overload(operator.mul, "fmul")
