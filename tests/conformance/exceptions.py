"""Where a law does not hold, and where it cannot apply; each with its reason.

EXCEPTIONS: (verb, name, kind, law), or (verb, name, law) for laws of files.  Each is a strict
xfail: an exception that passes fails the run.  NOT_FOR: (law, kind), a kind of labels on which the
law would say nothing of any algorithm.
"""

from tests.vote_worlds import on_kinds

EXCEPTIONS: dict[tuple[str, ...], str] = {
    **{
        ("audit", "line_quality", "Classes", law): (
            "the texts of the easy world are words drawn at random, of no better or worse quality; "
            "its unit test plants junk among sentences"
        )
        for law in ("law_planted_items_are_found", "law_flags_hit_what_is_planted")
    },
    ("audit", "objectlab", "Grouped[Boxes]", "law_planted_errors_are_found"): (
        "the published scores look at predictions above a fixed confidence alone, which few of the "
        "easy world have; object_scores looks at all"
    ),
    ("audit", "token_influence", "Classes", "law_planted_errors_are_found"): (
        "the teacher of the easy world is the model itself: there is no influence to see; its unit "
        "test plants a better one"
    ),
    ("embed", "text_minilm", "law_the_function_has_a_docstring_with_an_example"): (
        "its weights come with an extra, so an example cannot run everywhere"
    ),
    ("embed", "image_efficientnet", "law_the_function_has_a_docstring_with_an_example"): (
        "its weights come with an extra, so an example cannot run everywhere"
    ),
    ("embed", "image_timm", "law_the_function_has_a_docstring_with_an_example"): (
        "its weights come with an extra, so an example cannot run everywhere"
    ),
    ("embed", "text_multilingual", "law_the_function_has_a_docstring_with_an_example"): (
        "its weights come with an extra, so an example cannot run everywhere"
    ),
    ("embed", "text_sentence_transformers", "law_the_function_has_a_docstring_with_an_example"): (
        "its weights come with an extra, so an example cannot run everywhere"
    ),
    ("corrupt", "human_confusions", "law_one_public_function"): (
        "look is the chance it draws from, which its tests hold against the truth"
    ),
    (
        "aggregate",
        "homogeneous_dawid_skene",
        "Votes[Classes]",
        "law_fewer_errors_than_counting_heads",
    ): "all workers share one confusion matrix, so that it cannot weigh them",
    (
        "aggregate",
        "constrained_labels",
        "Votes[Classes]",
        "law_fewer_errors_than_counting_heads",
    ): "it only keeps each worker's errors within a bound, which counting heads nearly does",
    (
        "aggregate",
        "triplets",
        "Votes[Classes]",
        "law_fewer_errors_than_counting_heads",
    ): "three classes one against the rest, and few items in common: it makes a tenth fewer errors",
    (
        "aggregate",
        "hyper_label_model",
        "Votes[Classes]",
        "law_fewer_errors_than_counting_heads",
    ): "its network was trained on few worlds of people, most of them bad: a sixth fewer errors",
    (
        "aggregate",
        "opinion_scores",
        "Votes[Numbers]",
        "law_fewer_errors_than_counting_heads",
    ): "takes each worker's bias out, but by ITU-T P.913 every opinion counts the same",
    **{
        ("measure", "adaptive_sharpness", "Classes", law): (
            "the easy world holds no trained network; those of its unit tests do"
        )
        for law in (
            "law_a_number_and_an_interval_around_it",
            "law_evidence_named_is_used",
            "law_the_value_answers_to_the_data",
        )
    },
}

_RARE = (
    "its threshold is made for one error in a hundred labels; where one in ten is wrong it flags "
    "few of them or none"
)
_ALL_JOINED = (
    "the lists of the easy world join all items; features only tell how far apart parts are"
)
_LAST_JOINED = (
    "classes that lie apart join last, so that the smallest of them ranks first as a whole"
)
_ANY_LABELS = ("Classes", "MultiLabel", "Grouped[Classes]", "Numbers", "Soft", "SoftMultiLabel")
EXCEPTIONS |= {
    ("audit", "same_different_ratio", "Classes", "law_flags_agree_with_scores"): _RARE,
    ("audit", "same_different_ratio", "Classes", "law_flags_hit_what_is_planted"): _RARE,
}
EXCEPTIONS |= {
    ("audit", "dendrogram_outliers", kind, "law_evidence_named_is_used"): _ALL_JOINED
    for kind in _ANY_LABELS
}
EXCEPTIONS |= {
    ("audit", "dendrogram_outliers", kind, law): _LAST_JOINED
    for kind in _ANY_LABELS
    if kind != "Grouped[Classes]"
    for law in ("law_planted_items_are_found", "law_flags_hit_what_is_planted")
}
EXCEPTIONS |= {
    ("audit", "dendrogram_outliers", kind, "law_flags_agree_with_scores"): _LAST_JOINED
    for kind in ("MultiLabel", "Numbers", "SoftMultiLabel")
}

EXCEPTIONS |= {
    ("audit", "picture_faults", kind, "law_evidence_named_is_used"): (
        "the items of the easy world are texts; pictures are those of its unit tests"
    )
    for kind in _ANY_LABELS
}

EXCEPTIONS[("audit", "simifeat", "Classes", "law_equal_items_score_equally")] = (
    "each round is on a random part of the data, which holds one of two copies more often"
)

EXCEPTIONS[("audit", "target_faults", "Numbers", "law_evidence_named_is_used")] = (
    "predictions tell other units, of which the easy world has none; its unit tests have some"
)

_NO_CLASSES = "numbers have no classes"
NOT_FOR: dict[tuple[str, str], str] = {
    **{
        (law, kind): reason
        for kind, module in on_kinds().items()
        for law, reason in module.NOT_FOR.items()
    },
    ("law_names_of_classes_are_irrelevant", "Numbers"): _NO_CLASSES,
    ("law_numbers_of_classes_are_irrelevant", "Numbers"): _NO_CLASSES,
    ("law_whole_numbers_of_any_width", "Numbers"): "numbers are floats, not codes",
    ("law_whole_numbers_of_any_width", "Soft"): "probabilities are floats, not codes",
    ("law_whole_numbers_of_any_width", "SoftMultiLabel"): "probabilities are floats, not codes",
    ("law_unlabelled_is_nan", "Soft"): "a distribution over classes is never missing",
    ("law_unlabelled_is_nan", "SoftMultiLabel"): "a probability of a class is never missing",
    **{
        (law, kind): reason
        for kind in ("Grouped[Spans]", "Grouped[Boxes]", "Grouped[Regions]")
        for law, reason in (
            (
                "law_wrong_is_the_truth",
                "missing objects are gone and spurious ones are new, so that rows are not those of "
                "the truth",
            ),
            (
                "law_unlabelled_stays_unlabelled",
                "an object without a class is a place where none is given, and rows are not those "
                "of the truth",
            ),
            (
                "law_unlabelled_is_nan",
                "an object without a class is a place where none is given, which may be an error",
            ),
        )
    },
    ("law_unlabelled_stays_unlabelled", "Soft"): "a distribution over classes is never missing",
    ("law_unlabelled_stays_unlabelled", "SoftMultiLabel"): "a probability is never missing",
}
EXCEPTIONS |= {
    ("audit", name, "Grouped[Regions]", "law_order_of_items_is_irrelevant"): (
        "the frames of a video are taken in the order of their rows"
    )
    for name in ("temporal_affinity", "frame_consistency")
}
_NO_RULE = "the classes of the easy world are independent: there is no rule to break or to find"
_ONE_THING = "no item of the easy world shows a second class"
EXCEPTIONS |= {
    ("audit", "label_contradictions", "MultiLabel", "law_planted_faults_are_found"): _NO_RULE,
    ("audit", "label_contradictions", "MultiLabel", "law_few_false_alarms"): _NO_RULE,
    ("measure", "label_relations", "MultiLabel", "law_the_value_answers_to_the_data"): _NO_RULE,
    ("audit", "hidden_labels", "Classes", "law_planted_items_are_found"): _ONE_THING,
    ("audit", "hidden_labels", "Classes", "law_flags_agree_with_scores"): _ONE_THING,
    ("audit", "hidden_labels", "Classes", "law_flags_hit_what_is_planted"): _ONE_THING,
}
