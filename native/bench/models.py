"""Models of Python's libraries with random weights, as FILE.py:NAME for torch-compile.sh and `narthex export`."""

import torch


def resnet18():
    import torchvision

    torch.manual_seed(0)
    return torchvision.models.resnet18()


def resnet50():
    import torchvision

    torch.manual_seed(0)
    return torchvision.models.resnet50()


class Bert(torch.nn.Module):
    """BERT of base size with its outputs as a tuple, and all three inputs as the built-in has them."""

    def __init__(self):
        import transformers

        super().__init__()
        self.bert = transformers.BertModel(transformers.BertConfig())

    def forward(self, input_ids, attention_mask, token_type_ids):
        answer = self.bert(input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids)
        return answer.last_hidden_state, answer.pooler_output


def bert_base():
    torch.manual_seed(0)
    return Bert()
