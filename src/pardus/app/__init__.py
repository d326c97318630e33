"""The use cases, one function each; owns transaction, clock, randomness and executor."""
