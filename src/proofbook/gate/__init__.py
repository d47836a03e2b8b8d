"""Whether a release may go on: policy, claims, log and the time go in, yes or no and why come out."""

from proofbook.gate.decision import Answer, Decision, Shut, Way

__all__ = ["Answer", "Decision", "Shut", "Way"]
