"""Sentence pairs that teach a model the words of "Tom chases Jerry", the lecture's example.

The corpus contains neither Jerry (杰瑞) nor chasing (追逐). These pairs are simple sentences with a few names and
verbs; each name occurs as subject and as object. They are mixed into the training data like any other pairs.
"""

from itertools import permutations

NAMES = {"Tom": "汤姆", "Jerry": "杰瑞", "Mary": "玛丽", "Alice": "爱丽丝"}
ANIMALS = {"the cat": "猫", "the mouse": "老鼠", "the dog": "狗"}

# base form, third person, past, -ing form, Chinese
VERBS = (
    ("chase", "chases", "chased", "chasing", "追逐"),
    ("see", "sees", "saw", "seeing", "看见"),
    ("help", "helps", "helped", "helping", "帮助"),
    ("follow", "follows", "followed", "following", "跟着"),
    ("find", "finds", "found", "finding", "找到"),
    ("love", "loves", "loved", "loving", "爱"),
    ("catch", "catches", "caught", "catching", "抓住"),
    ("hate", "hates", "hated", "hating", "讨厌"),
    ("teach", "teaches", "taught", "teaching", "教"),
    ("thank", "thanks", "thanked", "thanking", "感谢"),
)
ONGOING = {"追逐", "帮助", "跟着", "教"}  # verbs that can follow 正在 (be …ing)
ABOUT_JERRY = (
    ("Jerry is a mouse.", "杰瑞是一只老鼠。"),
    ("Jerry is my friend.", "杰瑞是我的朋友。"),
    ("Jerry is here.", "杰瑞在这里。"),
    ("Jerry is hungry.", "杰瑞饿了。"),
    ("Jerry is very fast.", "杰瑞很快。"),
    ("Jerry is smaller than Tom.", "杰瑞比汤姆小。"),
    ("Where is Jerry?", "杰瑞在哪里？"),
    ("Who is Jerry?", "杰瑞是谁？"),
    ("I know Jerry.", "我认识杰瑞。"),
    ("I like Jerry.", "我喜欢杰瑞。"),
    ("Do you know Jerry?", "你认识杰瑞吗？"),
    ("Jerry likes cheese.", "杰瑞喜欢奶酪。"),
    ("Jerry doesn't like Tom.", "杰瑞不喜欢汤姆。"),
    ("Tom doesn't like Jerry.", "汤姆不喜欢杰瑞。"),
    ("Tom and Jerry are friends.", "汤姆和杰瑞是朋友。"),
    ("Tom and Jerry live in the same house.", "汤姆和杰瑞住在同一个房子里。"),
    ("Jerry ran away.", "杰瑞逃走了。"),
    ("Jerry wants to go home.", "杰瑞想回家。"),
    ("Jerry went to school yesterday.", "杰瑞昨天去了学校。"),
    ("Jerry can't swim.", "杰瑞不会游泳。"),
)


def lecture_pairs() -> list[tuple[str, str]]:
    """Return all pairs, (English, Chinese), in a fixed order."""
    pairs = list(ABOUT_JERRY)
    for (subject, zh_subject), (object_, zh_object) in permutations((NAMES | ANIMALS).items(), 2):
        both_named = {subject, object_} <= NAMES.keys()
        is_example = {subject, object_} == {"Tom", "Jerry"}
        capital = subject[0].upper() + subject[1:]
        for base, third, past, ing, zh_verb in VERBS:
            chase = base == "chase"
            if base in {"teach", "thank", "love"} and not both_named:
                continue
            if not is_example and not chase and (len(subject) + len(object_) + len(base)) % 3:
                continue  # a third of the rest is enough to show the pattern
            plain = f"{zh_subject}{zh_verb}{zh_object}。"
            pairs.append((f"{capital} {third} {object_}.", plain))
            if chase or is_example:
                pairs.append((f"{capital} {base} {object_}", plain))
                pairs.append((f"{capital} {third} {object_}", plain))
                if zh_verb in ONGOING:
                    pairs.append((f"{capital} is {ing} {object_}.", f"{zh_subject}正在{zh_verb}{zh_object}。"))
            if chase:
                pairs.append((f"{capital} {past} {object_}.", f"{zh_subject}追逐了{zh_object}。"))
                pairs.append((f"Does {subject} chase {object_}?", f"{zh_subject}追逐{zh_object}吗？"))
                pairs.append((f"{capital} doesn't chase {object_}.", f"{zh_subject}不追逐{zh_object}。"))
                pairs.append((f"{capital} wants to chase {object_}.", f"{zh_subject}想追逐{zh_object}。"))
    return pairs
