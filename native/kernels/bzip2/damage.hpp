// What can be wrong with bzip2 data. TypeScript has the words for it, in this order.
#pragma once

namespace god {

enum class Damage {
  kNone,
  kEndsEarly,
  kNoStream,
  kNoBlock,
  kStreamChecksum,
  kBlockChecksum,
  kRandomized,
  kOutsideOrigin,
  kNoBytes,
  kNoTables,
  kUnknownTable,
  kCodeLength,
  kUnknownCode,
  kMoreSymbols,
  kLongRun,
  kLongBlock,
};

// Thrown within the decoder of a block, which returns it.
struct BlockDamage {
  Damage damage;
};

}  // namespace god
