package io.github.narthex;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * The calls that {@code make_operators.py} made in Python, by the names it gave them: arguments
 * that are not tensors are the same here and there.
 */
final class OperatorTable {
  private static final double INFINITY = Double.POSITIVE_INFINITY;

  private final Map<String, Function<List<Tensor>, List<Tensor>>> calls = new TreeMap<>();

  OperatorTable() {
    arithmetic();
    comparison();
    reduction();
    shape();
    layer();
    image();
    normalization();
    activation();
    inPlace();
  }

  /** For each name, from inputs to outputs. */
  Map<String, Function<List<Tensor>, List<Tensor>>> calls() {
    return calls;
  }

  private void unary(String name, Function<Tensor, Tensor> call) {
    calls.put(name, inputs -> List.of(call.apply(inputs.getFirst())));
  }

  private void binary(String name, BiFunction<Tensor, Tensor, Tensor> call) {
    calls.put(name, inputs -> List.of(call.apply(inputs.get(0), inputs.get(1))));
  }

  private void many(String name, Function<List<Tensor>, Tensor> call) {
    calls.put(name, inputs -> List.of(call.apply(inputs)));
  }

  private void list(String name, Function<Tensor, List<Tensor>> call) {
    calls.put(name, inputs -> call.apply(inputs.getFirst()));
  }

  private void indexed(String name, Function<Tensor, ValuesAndIndices> call) {
    calls.put(
        name,
        inputs -> {
          ValuesAndIndices found = call.apply(inputs.getFirst());
          return List.of(found.values(), found.indices());
        });
  }

  private void arithmetic() {
    binary("add", Tensor::add);
    unary("add.int", x -> x.add(2));
    unary("add.double", x -> x.add(0.5));
    binary("sub", Tensor::sub);
    unary("sub.int", x -> x.sub(3L));
    binary("mul", Tensor::mul);
    unary("mul.double", x -> x.mul(-1.5f));
    binary("div", Tensor::div);
    unary("div.int", x -> x.div((short) 4));
    binary("floorDivide", Tensor::floorDivide);
    unary("floorDivide.int", x -> x.floorDivide(4));
    binary("remainder", Tensor::remainder);
    unary("remainder.int", x -> x.remainder((byte) 4));
    binary("pow", Tensor::pow);
    unary("pow.int", x -> x.pow(3));
    unary("pow.double", x -> x.pow(0.5));
    binary("maximum", Tensor::maximum);
    binary("minimum", Tensor::minimum);
    unary("clamp", x -> x.clamp(-0.5, 1));
    unary("clamp.min", x -> x.clamp(1, null));
    binary("clamp.tensor", (x, y) -> x.clamp(null, y));
    unary("neg", Tensor::neg);
    unary("abs", Tensor::abs);
    unary("sign", Tensor::sign);
    unary("floor", Tensor::floor);
    unary("ceil", Tensor::ceil);
    unary("round", Tensor::round);
    unary("exp", Tensor::exp);
    unary("sin", Tensor::sin);
    unary("cos", Tensor::cos);
    unary("log", Tensor::log);
    unary("sqrt", Tensor::sqrt);
    unary("rsqrt", Tensor::rsqrt);
    unary("reciprocal", Tensor::reciprocal);
  }

  private void comparison() {
    binary("eq", Tensor::eq);
    binary("ne", Tensor::ne);
    binary("lt", Tensor::lt);
    binary("le", Tensor::le);
    binary("gt", Tensor::gt);
    binary("ge", Tensor::ge);
    compareWith(".int", 2);
    compareWith(".double", 1.5);
    binary("logicalAnd", Tensor::logicalAnd);
    binary("logicalOr", Tensor::logicalOr);
    binary("logicalXor", Tensor::logicalXor);
    unary("logicalNot", Tensor::logicalNot);
    unary("isnan", Tensor::isnan);
    unary("isinf", Tensor::isinf);
    unary("isfinite", Tensor::isfinite);
    many("where", in -> in.get(0).where(in.get(1), in.get(2)));
    binary("where.double", (x, condition) -> x.where(condition, -INFINITY));
  }

  private void compareWith(String suffix, Number number) {
    unary("eq" + suffix, x -> x.eq(number));
    unary("ne" + suffix, x -> x.ne(number));
    unary("lt" + suffix, x -> x.lt(number));
    unary("le" + suffix, x -> x.le(number));
    unary("gt" + suffix, x -> x.gt(number));
    unary("ge" + suffix, x -> x.ge(number));
  }

  private void reduction() {
    unary("sum", x -> x.sum());
    unary("sum.dim", x -> x.sum(-1));
    unary("sum.dims", x -> x.sum(true, 0, -1));
    unary("prod", x -> x.prod());
    unary("prod.dim", x -> x.prod(0, true));
    unary("mean", x -> x.mean());
    unary("mean.dims", x -> x.mean(true, 0, 1));
    unary("var", x -> x.var());
    unary("var.dims", x -> x.var(0, true, -1));
    unary("std", x -> x.std(0));
    unary("std.dims", x -> x.std(0, true, 0, 1));
    unary("norm", x -> x.norm());
    unary("norm.order", x -> x.norm(1, true, -1));
    unary("norm.infinity", x -> x.norm(INFINITY, false, 0));
    unary("logsumexp", x -> x.logsumexp(true, 0, 1));
    unary("max", x -> x.max());
    indexed("max.dim", x -> x.max(1, true));
    unary("min", x -> x.min());
    indexed("min.dim", x -> x.min(0, false));
    unary("argmax", x -> x.argmax());
    unary("argmax.dim", x -> x.argmax(-1, true));
    unary("argmin", x -> x.argmin());
    unary("argmin.dim", x -> x.argmin(0, false));
    unary("any", x -> x.any());
    unary("any.dim", x -> x.any(true, -1));
    unary("all", x -> x.all());
    unary("all.dim", x -> x.all(0));
    unary("cumsum", x -> x.cumsum(1));
    indexed("topk", x -> x.topk(2));
    indexed("topk.dim", x -> x.topk(2, 0, false));
    indexed("sort", x -> x.sort(-1, true));
    unary("argsort", x -> x.argsort(0, false));
  }

  private void shape() {
    unary("reshape", x -> x.reshape(4, -1));
    unary("reshape.transposed", x -> x.transpose(0, 2).reshape(3, 8));
    unary("flatten", x -> x.flatten(1));
    unary("permute", x -> x.permute(2, 0, -2));
    unary("transpose", x -> x.transpose(0, -1));
    unary("squeeze", x -> x.squeeze());
    unary("squeeze.dims", x -> x.squeeze(0, 1));
    unary("unsqueeze", x -> x.unsqueeze(-1));
    unary("expand", x -> x.expand(2, 3, -1));
    unary("repeat", x -> x.repeat(2, 1, 3));
    unary("flip", x -> x.flip(0, -1));
    binary("cat", (x, y) -> ShapeOperators.cat(x.arena(), List.of(x, y, x), -1));
    binary("stack", (x, y) -> ShapeOperators.stack(x.arena(), List.of(x, y), 1));
    list("split", x -> x.split(2, 1));
    list("split.sizes", x -> x.split(new long[] {1, 0, 3}, -1));
    list("chunk", x -> x.chunk(3, -1));
    unary("pad", x -> x.pad(new long[] {1, 2, 0, -1}, 1.5));
    for (PadMode mode : PadMode.values()) {
      unary("pad." + mode, x -> x.pad(new long[] {1, 2, 2, 1}, mode));
    }
    binary("gather", (x, index) -> x.gather(1, index));
    many("scatter", in -> in.get(0).scatter(-1, in.get(1), in.get(2)));
    binary("scatter.double", (x, index) -> x.scatter(0, index, 0.5));
    unary("to.float16", x -> x.to(DType.FLOAT16));
    unary("to.int32", x -> x.to(DType.INT32));
    unary("contiguous", x -> x.transpose(0, 1).contiguous());
  }

  private void layer() {
    binary("matmul", Tensor::matmul);
    binary("bmm", Tensor::bmm);
    many("linear", in -> in.get(0).linear(in.get(1), in.get(2)));
    binary("linear.plain", (x, weight) -> x.linear(weight, null));
    many("conv1d", in -> in.get(0).conv1d(in.get(1), in.get(2), 2, 1));
    binary("conv1d.groups", (x, weight) -> x.conv1d(weight, null, 1, 2, 2, 2));
    many("conv2d", in -> in.get(0).conv2d(in.get(1), in.get(2), 2, 1));
    binary("conv2d.groups", (x, weight) -> x.conv2d(weight, null, 1, 2, 2, 2));
    binary(
        "conv2d.apart",
        (x, weight) ->
            x.conv2d(weight, null, new long[] {2, 1}, new long[] {0, 1}, new long[] {1, 2}, 1));
    many("conv3d", in -> in.get(0).conv3d(in.get(1), in.get(2), 1, 1, 1, 2));
    many("convTranspose2d", in -> in.get(0).convTranspose2d(in.get(1), in.get(2), 2, 1));
    binary("convTranspose2d.all", (x, weight) -> x.convTranspose2d(weight, null, 2, 1, 1, 2, 2));
    binary("embedding", Tensor::embedding);
    many("attention", in -> in.get(0).scaledDotProductAttention(in.get(1), in.get(2)));
    many(
        "attention.mask",
        in -> in.get(0).scaledDotProductAttention(in.get(1), in.get(2), in.get(3), false, 0.3));
    many(
        "attention.causal",
        in -> in.get(0).scaledDotProductAttention(in.get(1), in.get(2), null, true, null));
  }

  private void image() {
    unary("interpolate.nearest", x -> x.interpolate(5, 2, Interpolation.NEAREST));
    unary("interpolate.nearest-exact", x -> x.interpolate(5, 2, Interpolation.NEAREST_EXACT));
    unary("interpolate.bilinear", x -> x.interpolate(5, 2, Interpolation.BILINEAR));
    unary("interpolate.bicubic", x -> x.interpolate(5, 2, Interpolation.BICUBIC));
    unary("interpolate.bilinear.corners", x -> x.interpolate(5, 2, Interpolation.BILINEAR, true));
    unary("interpolate.bicubic.corners", x -> x.interpolate(5, 2, Interpolation.BICUBIC, true));
    unary(
        "interpolate.bilinear.antialias",
        x -> x.interpolate(2, 2, Interpolation.BILINEAR_ANTIALIAS));
    unary(
        "interpolate.bicubic.antialias", x -> x.interpolate(2, 2, Interpolation.BICUBIC_ANTIALIAS));
    unary("maxPool1d", x -> x.maxPool1d(3, 2, 1));
    unary("maxPool2d", x -> x.maxPool2d(3, 2, 1));
    unary(
        "maxPool2d.apart",
        x ->
            x.maxPool2d(
                new long[] {2, 1}, new long[] {2, 1}, new long[] {1, 0}, new long[] {1, 2}, true));
    unary("maxPool3d", x -> x.maxPool3d(2, 1, 1));
    unary("avgPool1d", x -> x.avgPool1d(3, 2, 1));
    unary("avgPool2d", x -> x.avgPool2d(3, 2, 1));
    unary(
        "avgPool2d.apart",
        x -> x.avgPool2d(new long[] {3, 2}, new long[] {2, 1}, new long[] {1, 0}, true, false));
    unary("avgPool3d", x -> x.avgPool3d(2, 1, 1));
    unary("adaptiveAvgPool1d", x -> x.adaptiveAvgPool1d(3));
    unary("adaptiveAvgPool2d", x -> x.adaptiveAvgPool2d(3, 2));
    unary("adaptiveMaxPool2d", x -> x.adaptiveMaxPool2d(2, 3));
  }

  private void normalization() {
    many("batchNorm", in -> in.get(0).batchNorm(in.get(1), in.get(2), in.get(3), in.get(4), 1e-3));
    many("batchNorm.plain", in -> in.get(0).batchNorm(null, null, in.get(1), in.get(2), 1e-5));
    many("layerNorm", in -> in.get(0).layerNorm(new long[] {2, 3}, in.get(1), in.get(2), 1e-3));
    unary("layerNorm.plain", x -> x.layerNorm(new long[] {3}, null, null, 1e-5));
    many("groupNorm", in -> in.get(0).groupNorm(2, in.get(1), in.get(2), 1e-3));
    many("instanceNorm", in -> in.get(0).instanceNorm(in.get(1), in.get(2), 1e-3));
    binary("rmsNorm", (x, weight) -> x.rmsNorm(new long[] {3}, weight, 1e-3));
  }

  private void activation() {
    unary("relu", Tensor::relu);
    unary("leakyRelu", x -> x.leakyRelu(0.1));
    unary("elu", x -> x.elu(0.5));
    unary("gelu", Tensor::gelu);
    unary("geluTanh", Tensor::geluTanh);
    unary("silu", Tensor::silu);
    unary("sigmoid", Tensor::sigmoid);
    unary("tanh", Tensor::tanh);
    unary("softplus", Tensor::softplus);
    unary("hardswish", Tensor::hardswish);
    unary("hardsigmoid", Tensor::hardsigmoid);
    unary("softmax", x -> x.softmax(-1));
    unary("logSoftmax", x -> x.logSoftmax(0));
  }

  /** The result, and what the tensor itself is then. */
  private void inPlace() {
    calls.put("addInPlace", in -> List.of(in.get(0).addInPlace(in.get(1)), in.get(0)));
    list("addInPlace.double", x -> List.of(x.addInPlace(0.5), x));
    calls.put("subInPlace", in -> List.of(in.get(0).subInPlace(in.get(1)), in.get(0)));
    list("subInPlace.int", x -> List.of(x.subInPlace(2), x));
    calls.put("mulInPlace", in -> List.of(in.get(0).mulInPlace(in.get(1)), in.get(0)));
    list("mulInPlace.int", x -> List.of(x.mulInPlace(3), x));
    calls.put("divInPlace", in -> List.of(in.get(0).divInPlace(in.get(1)), in.get(0)));
    list("divInPlace.double", x -> List.of(x.divInPlace(4.0), x));
    list("clampInPlace", x -> List.of(x.clampInPlace(-0.5, 1), x));
    list("reluInPlace", x -> List.of(x.reluInPlace(), x));
    list("inPlace.view", x -> List.of(x.transpose(0, 1).mulInPlace(2), x));
  }
}
