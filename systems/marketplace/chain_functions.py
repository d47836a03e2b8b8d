"""The functions of the three contracts that the marketplace relies on, as anybody calls them."""

from __future__ import annotations

from systems.marketplace.abi import Function

NUMBER, ADDRESS, TEXT = "uint256", "address", "string"

CREATE_ESCROW = Function(
    name="createEscrow",
    takes=(ADDRESS, "string[]", "uint256[]", NUMBER, TEXT),
    is_payable=True,
)
COMPLETE_MILESTONE = Function(name="completeMilestone", takes=(NUMBER, NUMBER))
RELEASE_PAYMENT = Function(name="releaseMilestonePayment", takes=(NUMBER, NUMBER))
RAISE_DISPUTE = Function(name="raiseDispute", takes=(NUMBER, TEXT))
RESOLVE_DISPUTE = Function(name="resolveDispute", takes=(NUMBER, NUMBER, NUMBER))
ROLL_BACK = Function(name="rollbackEscrow", takes=(NUMBER,))
#: id, client, freelancer, total, fee, status, dispute, created, deadline, text.
GET_ESCROW = Function(
    name="getEscrow",
    takes=(NUMBER,),
    gives=(
        NUMBER,
        ADDRESS,
        ADDRESS,
        NUMBER,
        NUMBER,
        "uint8",
        "uint8",
        NUMBER,
        NUMBER,
        TEXT,
    ),
)
#: description, amount, completed, paid, for each.
GET_MILESTONES = Function(
    name="getMilestones", takes=(NUMBER,), gives=("(string,uint256,bool,bool)[]",)
)
NEXT_ID = Function(name="nextEscrowId", gives=(NUMBER,))
OWNER = Function(name="owner", gives=(ADDRESS,))
FEE_PERCENTAGE = Function(name="platformFeePercentage", gives=(NUMBER,))

SUBMIT_REVIEW = Function(name="submitReview", takes=(ADDRESS, NUMBER, "uint8", TEXT, "bool"))
IS_REVIEWED = Function(name="escrowReviewed", takes=(NUMBER,), gives=("bool",))

MINT = Function(
    name="mintCertificate",
    takes=(ADDRESS, ADDRESS, NUMBER, TEXT, TEXT, TEXT, NUMBER, "uint8", TEXT),
)
IS_MINTED = Function(name="escrowCertificateMinted", takes=(NUMBER,), gives=("bool",))
OWNER_OF = Function(name="ownerOf", takes=(NUMBER,), gives=(ADDRESS,))
TRANSFER = Function(name="transferFrom", takes=(ADDRESS, ADDRESS, NUMBER))
