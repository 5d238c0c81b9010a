"""A WhisperSeg checkpoint built on the spot: the real layout and the real ids of tokens, and a tiny network."""

import json
from pathlib import Path
from typing import Any

VOCABULARY = 51865
END, START, ENGLISH, NO_TIMESTAMPS, FIRST_TIME = 50257, 50258, 50259, 50363, 50364
SPECIES = ("zebra_finch", "bengalese_finch", "mouse", "marmoset", "human", "unknown", "animal")


def write_tokenizer(folder: Path) -> None:
    """Write the tokenizer's files as transformers 4 does; vocab.json has as many entries as the real one."""
    from tokenizers.pre_tokenizers import ByteLevel

    signs = sorted(ByteLevel.alphabet())
    vocabulary = {sign: index for index, sign in enumerate(signs)}
    vocabulary |= {"12": len(signs), **{f"filler{index}": index for index in range(len(signs) + 1, END)}}
    added = {"<|endoftext|>": END, "<|startoftranscript|>": START, "<|en|>": ENGLISH, "<|notimestamps|>": NO_TIMESTAMPS}
    added |= {f"<|language{index}|>": index for index in range(ENGLISH + 1, NO_TIMESTAMPS)}
    added |= {f"<|{index}|>": FIRST_TIME + index for index in range(1001)}
    added |= {f"<|{name}|>": FIRST_TIME + 1001 + index for index, name in enumerate(SPECIES)}
    end = {"content": "<|endoftext|>", "lstrip": False, "normalized": True, "rstrip": False, "single_word": False}
    named = [token for token in added if not token[2].isdigit() and added[token] <= NO_TIMESTAMPS]
    files: dict[str, Any] = {
        "vocab.json": vocabulary | {"<|endoftext|>": END},
        "added_tokens.json": added,
        "special_tokens_map.json": {
            **{f"{name}_token": end for name in ("bos", "eos", "unk")},
            "pad_token": "<|endoftext|>",
            "additional_special_tokens": named,
        },
        "tokenizer_config.json": {
            "tokenizer_class": "WhisperTokenizer",
            "processor_class": "WhisperProcessor",
            "add_prefix_space": False,
            "add_bos_token": False,
            "errors": "replace",
            "return_attention_mask": False,
            "model_max_length": 1024,
            "pad_token": None,
            **{f"{name}_token": {"__type": "AddedToken", **end} for name in ("bos", "eos", "unk")},
        },
        "normalizer.json": {},
    }
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content))
    (folder / "merges.txt").write_text("#version: 0.2\n1 2\n")


def write_checkpoint(
    folder: Path,
    *,
    codebook: dict[str, int] | None = None,
    settings: dict[str, Any] | None = None,
    as_bin: bool = True,
    width: int = 32,
    seed: int = 0,
) -> Path:
    """Write a checkpoint with random weights, ``pytorch_model.bin`` unless ``as_bin`` is false."""
    import torch
    from transformers import WhisperConfig, WhisperForConditionalGeneration

    folder.mkdir(parents=True)
    write_tokenizer(folder)
    torch.manual_seed(seed)
    config = WhisperConfig(
        vocab_size=VOCABULARY,
        d_model=width,
        encoder_layers=1,
        decoder_layers=1,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=2 * width,
        decoder_ffn_dim=2 * width,
        max_source_positions=500,
        max_target_positions=448,
        pad_token_id=END,
        bos_token_id=END,
        eos_token_id=END,
        decoder_start_token_id=START,
        suppress_tokens=None,
        begin_suppress_tokens=None,
    )
    network = WhisperForConditionalGeneration(config)
    network.save_pretrained(folder)
    if as_bin:
        torch.save(network.state_dict(), folder / "pytorch_model.bin")
        (folder / "model.safetensors").unlink()
    written = json.loads((folder / "config.json").read_text())
    written |= {
        "cluster_codebook": codebook or {"vocal": 0},
        "species_codebook": {name: index for index, name in enumerate(SPECIES)},
        "total_spec_columns": 1000,
        "current_step": 1,
        # As transformers 4 wrote them.
        "transformers_version": "4.28.0",
        "torch_dtype": "float32",
        "max_length": 448,
        "forced_decoder_ids": [[1, ENGLISH], [2, 50359], [3, NO_TIMESTAMPS]],
        "suppress_tokens": [1, 2, 7, 8, 9, 10],
        "begin_suppress_tokens": [220, END],
        "use_weighted_layer_sum": False,
        "classifier_proj_size": 256,
    }
    written.pop("dtype", None)
    if settings:
        written["default_segmentation_config"] = settings
    (folder / "config.json").write_text(json.dumps(written))
    return folder
