"""
The judges, by noun: each takes a job (or the whole history) and yields what breaks its rule.

Every rule is sound: where latency or a lost answer leaves two readings, it takes the innocent one.
What a correct queue may have done between invocation and answer is therefore never held against it;
the price is a blind spot of one call's latency, which a directed schedule closes.
"""
