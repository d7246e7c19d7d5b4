package io.github.narthex.optimize;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.narthex.bench.OperatorShare;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FamiliesTest {
  /** Names as profiles of real models have them. */
  @ParameterizedTest
  @CsvSource({
    "aten::conv2d, CONVOLUTION",
    "aten::convolution, CONVOLUTION",
    "aten::_convolution_mode, CONVOLUTION",
    "aten::mkldnn_convolution, CONVOLUTION",
    "aten::_slow_conv2d_forward, CONVOLUTION",
    "mkldnn::_convolution_pointwise, CONVOLUTION",
    "quantized::conv2d_relu, CONVOLUTION",
    "onednn::qconv2d_pointwise, CONVOLUTION",
    "aten::addmm, PRODUCT",
    "aten::bmm, PRODUCT",
    "aten::linear, PRODUCT",
    "aten::mkldnn_linear, PRODUCT",
    "mkldnn::_linear_pointwise, PRODUCT",
    "quantized::linear_dynamic, PRODUCT",
    "aten::_weight_int8pack_mm, PRODUCT",
    "aten::scaled_dot_product_attention, ATTENTION",
    "aten::_scaled_dot_product_flash_attention_for_cpu, ATTENTION",
    "aten::_native_multi_head_attention, ATTENTION",
    "aten::lstm, RECURRENT",
    "aten::mkldnn_rnn_layer, RECURRENT",
    "aten::quantized_lstm, RECURRENT",
    "aten::native_batch_norm, NORMALISATION",
    "aten::layer_norm, NORMALISATION",
    "aten::_softmax, NORMALISATION",
    "quantized::batch_norm2d, NORMALISATION",
    "aten::max_pool2d_with_indices, POOLING",
    "aten::adaptive_avg_pool2d, POOLING",
    "aten::upsample_bilinear2d, POOLING",
    "aten::embedding, LOOKUP",
    "aten::index_select, LOOKUP",
    "aten::gather, LOOKUP",
    "aten::quantize_per_tensor, QUANTISATION",
    "aten::_choose_qparams_per_tensor, QUANTISATION",
    "aten::dequantize, QUANTISATION",
    "aten::copy_, LAYOUT",
    "aten::_to_copy, LAYOUT",
    "aten::to, LAYOUT",
    "aten::contiguous, LAYOUT",
    "aten::clone, LAYOUT",
    "aten::cat, LAYOUT",
    "aten::constant_pad_nd, LAYOUT",
    "aten::reflection_pad2d, LAYOUT",
    "mkldnn::_reorder_convolution_weight, LAYOUT",
    "aten::mkldnn_reorder_conv2d_weight, LAYOUT",
    "aten::mean, REDUCTION",
    "aten::max, REDUCTION",
    "aten::relu_, ELEMENTWISE",
    "aten::add_, ELEMENTWISE",
    "aten::clamp_min, ELEMENTWISE",
    "aten::masked_fill, ELEMENTWISE",
    "quantized::add_relu, ELEMENTWISE",
    "aten::transpose, VIEW",
    "aten::t, VIEW",
    "aten::_unsafe_view, VIEW",
    "aten::as_strided, VIEW",
    "aten::empty, VIEW",
    "aten::resize_, VIEW",
    "narthex::packed_layer, FUSED",
    "prim::oneDNNFusionGroup, FUSED",
    "prim::oneDNNFusionGroup[_convolution+relu], CONVOLUTION",
    "prim::oneDNNFusionGroup[17 _convolution+16 relu+5 add], CONVOLUTION",
    "prim::oneDNNFusionGroup[linear+gelu], PRODUCT",
    "prim::oneDNNFusionGroup[2 matmul+div+add+softmax], ATTENTION",
    "prim::oneDNNFusionGroup[add+relu], ELEMENTWISE",
    "prim::oneDNNFusionGroup[something_new], FUSED",
    "my::operator, OTHER",
    "outside of operators, OUTSIDE",
  })
  void eachOperatorHasItsFamily(String operator, Family family) {
    assertEquals(family, Family.of(operator));
  }

  @Test
  void sharesAddUp() {
    Families families =
        Families.of(
            List.of(
                new OperatorShare("aten::relu", 3, 1, 0.1),
                new OperatorShare("aten::mkldnn_convolution", 2, 5, 0.5),
                new OperatorShare("aten::conv2d", 2, 1, 0.1),
                new OperatorShare(OperatorShare.OUTSIDE, 1, 3, 0.3)));

    assertEquals(
        List.of(Family.CONVOLUTION, Family.OUTSIDE, Family.ELEMENTWISE),
        families.parts().stream().map(Families.Part::family).toList());
    assertEquals(0.6, families.share(Family.CONVOLUTION), 1e-9);
    assertEquals(
        "aten::mkldnn_convolution",
        families.part(Family.CONVOLUTION).operators().getFirst().name());
    assertEquals(0, families.share(Family.POOLING));
  }

  @Test
  void normalisationIsCalledByItsKind() {
    Families batch =
        Families.of(
            List.of(
                new OperatorShare("aten::native_batch_norm", 1, 9, 0.09),
                new OperatorShare("aten::_softmax", 1, 1, 0.01)));
    assertEquals("batch normalisation", batch.part(Family.NORMALISATION).label());
    Families both =
        Families.of(
            List.of(
                new OperatorShare("aten::native_layer_norm", 1, 5, 0.05),
                new OperatorShare("aten::_softmax", 1, 5, 0.05)));
    assertEquals("normalisation", both.part(Family.NORMALISATION).label());
  }
}
