/** Layers with `data_format="channels_first"`: ours inside a `ChannelsFirst`, which turns what comes in and goes out. */
import { FileError } from "../../../../errors.js";
import type { Named } from "../../../../named.js";
import type { JsonObject } from "../../../json.js";

/** The layer itself, or around it what turns its tensors, where its config says that channels are first. */
export const withChannels = ({ data_format }: JsonObject, named: Named): Named =>
  data_format === "channels_first" ? around(named) : named;

function around(named: Named): Named {
  const { name, trainable } = named.config as Named["config"] & { name?: unknown; trainable?: unknown };
  return {
    className: "ChannelsFirst",
    config: { ...(name !== undefined && { name }), ...(trainable !== undefined && { trainable }), layer: named },
  };
}

/** The layer inside a `ChannelsFirst`; any other layer itself. */
export const withoutChannels = (named: Named): Named =>
  named.className === "ChannelsFirst" ? (named.config as { layer: Named }).layer : named;

/**
 * A Bidirectional around layers with channels first as one that is turned itself, because it copies its layer.
 * @throws FileError where it joins results along the last axis, which is then one of space.
 */
export function turnBidirectional(label: string, named: Named): Named {
  const { layer, backwardLayer, mergeMode = "concat", ...rest } = named.config as Record<string, unknown>;
  if ((layer as Named | undefined)?.className !== "ChannelsFirst") return named;
  if (mergeMode === "concat") {
    throw new FileError(
      `${label} joins two results with channels first along their last axis, which is not supported; use merge_mode "sum", "ave" or "mul".`,
    );
  }
  const config = {
    ...{ ...rest, mergeMode, layer: withoutChannels(layer as Named) },
    ...(backwardLayer !== undefined && { backwardLayer: withoutChannels(backwardLayer as Named) }),
  };
  return around({ ...named, config });
}
