"""The architecture of the built-in shapes-net, as io.github.narthex.models.ShapesNet has it."""

from torch import nn


def conv(inputs, outputs, kernel, stride=1, groups=1):
    """A convolution, batch norm and ReLU."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(),
    )


class Separable(nn.Module):
    """A depth-wise convolution and a point-wise one, around which the input goes where it fits."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.depthwise = conv(inputs, inputs, 3, stride, groups=inputs)
        self.pointwise = nn.Sequential(
            nn.Conv2d(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs)
        )
        self.is_residual = stride == 1 and inputs == outputs

    def forward(self, x):
        y = self.pointwise(self.depthwise(x))
        return (y + x if self.is_residual else y).relu()


class ShapesNet(nn.Module):
    def __init__(self, classes=10):
        super().__init__()
        self.features = nn.Sequential(
            conv(3, 16, 3),
            Separable(16, 32, 2),
            Separable(32, 32, 1),
            conv(32, 64, 3, stride=2),
            Separable(64, 64, 1),
            conv(64, 112, 3, stride=2),
            Separable(112, 128, 1),
        )
        self.classifier = nn.Linear(128, classes)

    def forward(self, x):
        return self.classifier(self.features(x).mean((2, 3)))
