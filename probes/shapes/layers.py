"""Where the parts of transformers' models stand: the decoder, the list of its layers, the other senses."""

from torch import nn
from transformers import PreTrainedModel


def decoder_of(model: PreTrainedModel) -> nn.Module:
    """The module that goes from ids to the last states: the layers with their embedding, without a head."""
    decoder = model.get_decoder()
    if isinstance(decoder, nn.Module) and decoder is not model:
        return decoder
    table = model.get_input_embeddings()
    for name, part in model.named_children():  # a class whose own search does not find it (Llama 4)
        if isinstance(part, PreTrainedModel) and any(module is table for module in part.modules()):
            return model.get_submodule(name)
    return model


def layers_of(decoder: nn.Module, depth: int) -> nn.ModuleList:
    """The decoder's layers: the list of modules of that length, else the one with most parameters.

    Empty where the decoder holds no list.
    """
    lists = [module for module in decoder.modules() if isinstance(module, nn.ModuleList) and len(module)]
    fitting = [module for module in lists if len(module) == depth] or lists
    size = {id(module): sum(weight.numel() for weight in module.parameters()) for module in fitting}
    return max(fitting, key=lambda module: size[id(module)]) if fitting else nn.ModuleList()


def senses_of(model: PreTrainedModel, decoder: nn.Module) -> list[nn.Module]:
    """What a wrapper has beside its text part, without what both share: the topmost such modules."""
    config = model.config
    if config.get_text_config(decoder=True) is config or config.is_encoder_decoder:
        return []
    text = {id(weight) for weight in decoder.parameters()}
    for part in (model.get_output_embeddings(), getattr(model, "score", None)):
        text |= {id(weight) for weight in part.parameters()} if isinstance(part, nn.Module) else set()
    found: list[nn.Module] = []
    below: list[nn.Module] = [model]
    while below:
        module = below.pop()
        own = [id(weight) for weight in module.parameters()]
        if own and not any(weight in text for weight in own):
            found.append(module)
        else:
            below += module.children()
    return found
