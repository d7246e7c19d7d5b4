"""What the built-in networks are in Python, by the id that they have here."""

import torch
import torchvision
from torch import nn
from transformers import BertConfig, BertModel

from shapes_net import ShapesNet


class Lstm(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(128, 256, num_layers=2, batch_first=True)
        self.fc = nn.Linear(256, 10)

    def forward(self, x):
        return self.fc(self.lstm(x)[0][:, -1])


MODELS = {
    "mlp": lambda: torchvision.ops.MLP(784, [256, 128, 10]),
    "shapes-net": ShapesNet,
    "lstm": Lstm,
    "resnet18": torchvision.models.resnet18,
    "resnet50": torchvision.models.resnet50,
    "mobilenet-v2": torchvision.models.mobilenet_v2,
    "vit-b-16": torchvision.models.vit_b_16,
    "bert-base": lambda: BertModel(BertConfig()),
}
