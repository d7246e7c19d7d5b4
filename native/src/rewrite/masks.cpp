#include "rewrite/masks.h"

#include <ATen/ops/ones_like.h>
#include <torch/csrc/jit/passes/dead_code_elimination.h>

#include <map>
#include <set>

#include "error.h"
#include "nodes.h"
#include "rewrite/layer_weights.h"

namespace nx {
namespace {

using torch::jit::Graph;
using torch::jit::Module;
using torch::jit::Node;
using torch::jit::Value;

struct Object {
  Module module;
  std::string path;
};

// Each module of the tree once.
std::vector<Object> objects(const Module& root) {
  std::vector<Object> found;
  std::set<const void*> seen;
  for (const auto& entry : root.named_modules()) {
    if (seen.insert(entry.value._ivalue().get()).second) found.push_back({entry.value, entry.name});
  }
  return found;
}

// An attribute of all objects of a class.
using Attribute = std::pair<c10::ClassTypePtr, std::string>;

std::vector<Object> objects_of(const std::vector<Object>& all, const c10::ClassTypePtr& type) {
  std::vector<Object> found;
  for (const Object& object : all) {
    if (object.module.type() == type) found.push_back(object);
  }
  return found;
}

// Takes an attribute from a class and its objects, and returns what these had.
std::vector<at::Tensor> take(const Attribute& attribute, const std::vector<Object>& objects) {
  const auto& [type, name] = attribute;
  const size_t slot = type->getAttributeSlot(name);
  std::vector<at::Tensor> values;
  for (const Object& object : objects) {
    values.push_back(object.module._ivalue()->getSlot(slot).toTensor());
    object.module._ivalue()->unsafeRemoveSlot(slot);
  }
  type->unsafeRemoveAttribute(name);
  return values;
}

void give(const Attribute& attribute, const std::vector<Object>& objects,
          const std::vector<at::Tensor>& values, bool is_parameter) {
  const auto& [type, name] = attribute;
  const size_t slot = type->addAttribute(name, c10::TensorType::get(), is_parameter, !is_parameter);
  for (size_t i = 0; i < objects.size(); ++i) objects[i].module._ivalue()->setSlot(slot, values[i]);
}

bool is_get(const Node* node, const Attribute& attribute, const std::string& suffix) {
  return node->kind() == c10::prim::GetAttr && node->input()->type() == attribute.first &&
         node->s(c10::attr::name) == attribute.second + suffix;
}

// Classes that are compiled once keep their code once: nodes of it are visited once.
std::vector<Node*> nodes_of(const Module& root) {
  std::vector<Node*> nodes;
  std::set<const Node*> seen;
  for_each_node(root, [&](Node* node) {
    if (seen.insert(node).second) nodes.push_back(node);
  });
  return nodes;
}

void require_unchanged(const std::vector<Node*>& nodes, const Attribute& attribute) {
  for (const Node* node : nodes) {
    if (node->kind() == c10::prim::SetAttr && node->input(0)->type() == attribute.first &&
        node->s(c10::attr::name) == attribute.second) {
      throw Failure(NX_ERROR_UNSUPPORTED, "the model's code sets '" + attribute.second +
                                              "' itself, which no mask can stand beside");
    }
  }
}

void multiply(Node* node, const std::string& name) {
  Graph& graph = *node->owningGraph();
  const torch::jit::WithInsertPoint here(node);
  Value* original = graph.insertGetAttr(node->input(), name + kOriginal);
  Value* mask = graph.insertGetAttr(node->input(), name + kMask);
  node->output()->replaceAllUsesWith(graph.insert(c10::aten::mul, {original, mask}));
  node->destroy();
}

// Whether nothing reads the two attributes but to multiply them.
bool is_only_masked(const std::vector<Node*>& nodes, const Attribute& attribute) {
  for (const Node* node : nodes) {
    if (!is_get(node, attribute, kOriginal) && !is_get(node, attribute, kMask)) continue;
    for (const torch::jit::Use& use : node->output()->uses()) {
      Node* user = use.user;
      if (user->kind() == c10::aten::to && user->output()->uses().size() == 1)
        user = user->output()->uses().front().user;
      const auto masked = masked_weight(user);
      if (!masked || masked->object->type() != attribute.first ||
          masked->attribute != attribute.second)
        return false;
    }
  }
  return true;
}

// The code gets the attribute instead of the product.
void get_instead(const MaskedWeight& masked) {
  Graph& graph = *masked.product->owningGraph();
  const torch::jit::WithInsertPoint here(masked.product);
  masked.product->output()->replaceAllUsesWith(
      graph.insertGetAttr(masked.object, masked.attribute));
}

// What made the products is of no use any more.
void remove_unused(const Module& root) {
  for (const Object& object : objects(root)) {
    for (const torch::jit::Method& method : object.module.get_methods())
      torch::jit::EliminateDeadCode(method.graph());
  }
}

}  // namespace

void add_masks(const Module& root, const std::vector<Mask>& masks) {
  std::map<Attribute, std::map<const void*, at::Tensor>> given;
  for (const Mask& mask : masks) {
    given[{mask.owner.type(), mask.attribute}].emplace(mask.owner._ivalue().get(), mask.mask);
  }
  const std::vector<Object> all = objects(root);
  for (const auto& [attribute, by_object] : given) {
    const auto& [type, name] = attribute;
    std::vector<Node*> readers;
    const std::vector<Node*> nodes = nodes_of(root);
    require_unchanged(nodes, attribute);
    for (Node* node : nodes) {
      if (is_get(node, attribute, "")) readers.push_back(node);
    }
    const std::vector<Object> objects = objects_of(all, type);
    const bool is_parameter = type->is_parameter(type->getAttributeSlot(name));
    const std::vector<at::Tensor> weights = take(attribute, objects);
    std::vector<at::Tensor> full;
    for (size_t i = 0; i < objects.size(); ++i) {
      const auto found = by_object.find(objects[i].module._ivalue().get());
      full.push_back(found == by_object.end() ? at::ones_like(weights[i].detach()) : found->second);
    }
    give({type, name + kOriginal}, objects, weights, is_parameter);
    give({type, name + kMask}, objects, full, false);
    for (Node* node : readers) multiply(node, name);
  }
}

std::vector<Unmasked> remove_masks(const Module& root) {
  std::map<Attribute, std::vector<MaskedWeight>> found;
  const std::vector<Node*> nodes = nodes_of(root);
  for (Node* node : nodes) {
    if (const auto masked = masked_weight(node)) {
      if (const auto type = masked->object->type()->cast<c10::ClassType>())
        found[{type, masked->attribute}].push_back(*masked);
    }
  }
  const std::vector<Object> all = objects(root);
  std::map<std::pair<const void*, const void*>, at::Tensor> products;  // tied weights stay tied
  std::vector<Unmasked> unmasked;
  for (const auto& [attribute, places] : found) {
    const auto& [type, name] = attribute;
    if (!is_only_masked(nodes, attribute)) continue;
    const std::vector<Object> objects = objects_of(all, type);
    const bool is_parameter = type->is_parameter(type->getAttributeSlot(name + kOriginal));
    const std::vector<at::Tensor> originals = take({type, name + kOriginal}, objects);
    const std::vector<at::Tensor> masks = take({type, name + kMask}, objects);
    if (type->hasAttribute(name)) take(attribute, objects);  // what tracing left of it
    std::vector<at::Tensor> weights;
    for (size_t i = 0; i < objects.size(); ++i) {
      at::Tensor& weight =
          products[{originals[i].unsafeGetTensorImpl(), masks[i].unsafeGetTensorImpl()}];
      if (!weight.defined()) {
        weight = (originals[i].detach().mul(masks[i].detach().to(originals[i].scalar_type())))
                     .set_requires_grad(originals[i].requires_grad());
      }
      weights.push_back(weight);
      unmasked.push_back({objects[i].path, weight});
    }
    give(attribute, objects, weights, is_parameter);
    for (const MaskedWeight& masked : places) get_instead(masked);
  }
  if (!unmasked.empty()) remove_unused(root);
  return unmasked;
}

}  // namespace nx
