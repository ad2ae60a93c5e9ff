"""The training loop: what it keeps, where it stops, how it goes on, and what it costs in memory."""

import itertools
import tracemalloc
from threading import Event

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tests.unit.learners.planted import clouds, flipped
from torch import nn

from reliabel.core.labels import Classes, MultiLabel, Soft, Votes
from reliabel.core.run import Cancelled, running
from reliabel.core.training import Training
from reliabel.ops.torch.batches import both, whole_bags
from reliabel.ops.torch.loop import train
from reliabel.ops.torch.losses import cross_entropy
from reliabel.ops.torch.recipe import LossRecipe, Recipe, from_loss

RNG = np.random.default_rng
X, TRUTH, _, _ = clouds(400, apart=0.6)
Y = Classes(flipped(TRUTH, 0.2))
PLAIN = from_loss(cross_entropy)


def trained(labels=Y, recipe=PLAIN, features=X, seed=0, training=Training(epochs=4), **more):
    """One training of the planted world."""
    return train(labels, recipe, features=features, rng=RNG(seed), training=training, **more)


class Killed(BaseException):
    """As a kill."""


def killed_after(epoch, stage=1):
    """A listener that kills after an epoch of the so-and-so-manieth training."""
    stages = itertools.count(1)
    now = [0]

    def heard(label, done, total):
        if label == "epochs" and done == 0:
            now[0] = next(stages)
        if label == "epochs" and done == epoch and now[0] == stage:
            raise Killed

    return heard


class Remembers(LossRecipe):
    """Weighs rows by what it remembers in a buffer, learns a parameter, and draws by chance."""

    nets = 2

    def __init__(self):
        super().__init__(cross_entropy)
        self.visits = nn.Buffer(torch.zeros(400))
        self.lean = nn.Parameter(torch.zeros(4))

    def begin(self, nets):
        return (torch.optim.Adam([self.lean], lr=0.01),)

    def step(self, nets, batch):
        self.visits[batch.index] += 1
        weight = 1 / self.visits[batch.index] + 0.1 * torch.rand(len(batch.index))
        losses = [self.loss(net(batch.view()) + self.lean, batch.y) for net in nets]
        return (weight * sum(losses)).mean()


@pytest.mark.parametrize("recipe", [PLAIN, Remembers], ids=["a loss", "a recipe with memory"])
@pytest.mark.parametrize("epoch", [1, 3])
@pytest.mark.parametrize("hidden", [0, 8])
def test_a_killed_training_goes_on_to_the_same_bits(tmp_path, recipe, epoch, hidden):
    training = Training(epochs=5, hidden=hidden)
    whole = trained(recipe=recipe, training=training)
    with pytest.raises(Killed), running(folder=tmp_path, seconds=0, listener=killed_after(epoch)):
        trained(recipe=recipe, training=training)
    begun = []
    with running(folder=tmp_path, seconds=0, listener=lambda *told: begun.append(told)):
        again = trained(recipe=recipe, training=training)
    assert begun[0] == ("epochs", epoch, 5)
    assert np.array_equal(again.probs(), whole.probs())
    assert np.array_equal(again.trace, whole.trace)
    assert np.array_equal(again.loss, whole.loss)
    assert again.epoch == whole.epoch
    for name, value in whole.recipe.state_dict().items():
        assert torch.equal(again.recipe.state_dict()[name], value), name


def test_dynamics_go_on_after_a_kill(tmp_path):
    with running(record=True):
        whole = trained()
    kept = {"folder": tmp_path, "seconds": 0, "record": True}
    with pytest.raises(Killed), running(**kept, listener=killed_after(2)):
        trained()
    with running(**kept):
        again = trained()
    assert whole.dynamics.margin.shape == (4, 400)
    assert np.array_equal(again.dynamics.margin, whole.dynamics.margin)
    assert np.array_equal(again.dynamics.p_given, whole.dynamics.p_given)


def three_stages():
    """Three trainings of one run, each beginning with the networks of the last."""
    rng, nets = RNG(0), None
    for _ in range(3):
        done = train(Y, PLAIN, features=X, rng=rng, training=Training(epochs=3), nets=nets)
        nets = done.nets
    return done.probs()


@pytest.mark.parametrize(("epoch", "stage"), [(3, 1), (0, 2), (1, 2), (2, 3)])
def test_a_run_killed_between_stages_goes_on_in_the_stage_it_was_in(tmp_path, epoch, stage):
    whole, heard = three_stages(), []
    with (
        pytest.raises(Killed),
        running(folder=tmp_path, seconds=0, listener=killed_after(epoch, stage)),
    ):
        three_stages()
    with running(folder=tmp_path, seconds=0, listener=lambda *told: heard.append(told[1])):
        assert np.array_equal(three_stages(), whole)
    begun = sum(1 for done in heard if done == 0)
    assert begun == 3 - stage + (epoch == 0), "stages that had ended were not trained again"


def test_the_loss_that_is_no_number_ends_with_the_state_before():
    class Breaks(LossRecipe):
        def step(self, nets, batch):
            loss = super().step(nets, batch)
            return loss * float("nan") if batch.epoch == 2 else loss

    last = Training(epochs=5, keep="last")
    done = trained(recipe=lambda: Breaks(cross_entropy), training=last)
    short = trained(training=Training(epochs=5, stop=2, keep="last"))
    assert done.stopped == (
        "the loss became nan in epoch 3, within its first 16 batches; a smaller lr may help, or "
        "features on a common scale; the state after epoch 2 is kept"
    )
    assert (len(done.loss), len(done.trace), done.epoch) == (2, 2, 2)
    assert np.array_equal(done.probs(), short.probs()), "the state after epoch 2"
    assert done.model().info["stopped"] == done.stopped


def test_a_loss_that_is_no_number_at_once_is_refused():
    class Breaks(LossRecipe):
        def step(self, nets, batch):
            return super().step(nets, batch) * float("inf")

    with pytest.raises(ValueError, match="the loss became nan in epoch 1"):
        trained(recipe=lambda: Breaks(cross_entropy))


def test_a_recipe_may_end_the_training():
    class Enough(LossRecipe):
        def after_epoch(self, seen):
            return seen.epoch == 1

    done = trained(recipe=lambda: Enough(cross_entropy))
    assert len(done.loss) == 2
    assert done.stopped == "the method had what it wanted after epoch 2"


def test_the_best_epoch_is_kept_and_the_last_where_that_is_asked():
    long = Training(epochs=12, lr=0.02, decay=0.0, hidden=32, optimiser="adamw", hold_out=0.25)
    labels = Classes(flipped(TRUTH, 0.45))
    best = trained(labels, training=long)
    assert best.epoch == best.trace.argmax() + 1 < 12
    y, p = labels.y[best.held], best.probs(best.held)
    assert abs((p.argmax(1) == y).mean() - best.trace.max()) < 0.002
    last = Training(**{**vars(long), "keep": "last"})
    assert trained(labels, training=last).epoch == 12
    none = Training(**{**vars(long), "hold_out": 0.0})
    done = trained(labels, training=none)
    assert (done.epoch, len(done.held), len(done.trace)) == (12, 0, 0)


def test_a_refit_that_stops_follows_the_same_schedule():
    """``stop`` cuts the training short, it does not squeeze the schedule."""
    whole = trained(training=Training(epochs=6, hold_out=0))
    part = trained(training=Training(epochs=6, stop=3, hold_out=0))
    assert np.array_equal(part.loss, whole.loss[:3])


def test_fewer_than_twenty_held_out_rows_pick_nothing():
    done = trained(training=Training(epochs=3, hold_out=0.04))
    assert len(done.held) == 0
    assert len(done.rows) == 400


def test_rows_groups_and_folds_are_held_out_as_asked():
    groups = np.arange(400) // 4
    parts = [
        trained(training=Training(epochs=1, hold_out=0.25, fold=f), groups=groups).held
        for f in range(4)
    ]
    assert sorted(np.concatenate(parts)) == list(range(400)), "every row once"
    for held in parts:
        assert np.isin(np.arange(400)[np.isin(groups, groups[held])], held).all(), "groups whole"
    some = np.arange(0, 400, 2)
    done = trained(rows=some)
    assert sorted(np.concatenate([done.rows, done.held])) == some.tolist()


def test_rows_in_batches_are_those_that_are_not_held_out():
    class Looks(LossRecipe):
        def step(self, nets, batch):
            seen.update(batch.index.tolist())
            return super().step(nets, batch)

    seen = set()
    done = trained(recipe=lambda: Looks(cross_entropy), training=Training(epochs=6, hold_out=0.25))
    assert seen == set(done.rows.tolist())
    assert not seen & set(done.held.tolist())


def test_unlabelled_rows_come_only_where_the_recipe_takes_them():
    class Takes(LossRecipe):
        unlabelled = True

        def step(self, nets, batch):
            seen.update(batch.index.tolist())
            known = batch.y >= 0
            return self.loss(nets[0](batch.x[known]), batch.y[known]).sum() / len(known)

    y, seen = np.where(np.arange(400) % 2, -1, Y.y), set()
    done = trained(Classes(y), recipe=lambda: Takes(cross_entropy), training=Training(epochs=2))
    assert (y[done.held] >= 0).all(), "the answer is compared with labels"
    assert (y[sorted(seen)] < 0).any()
    plain = trained(Classes(y))
    assert (y[np.concatenate([plain.rows, plain.held])] >= 0).all()


def test_nothing_to_learn_from_is_said():
    with pytest.raises(ValueError, match="nothing to learn from: no item has a label"):
        trained(Classes(np.full(400, -1)))


def test_outer_chance_is_as_it_was_and_does_not_matter():
    torch.manual_seed(1)
    before = torch.get_rng_state()
    one = trained(recipe=Remembers).probs()
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(2)
    assert np.array_equal(trained(recipe=Remembers).probs(), one)
    assert not np.array_equal(trained(recipe=Remembers, seed=1).probs(), one)


def test_threads_are_as_before():
    before = torch.get_num_threads()
    trained()
    with pytest.raises(ValueError, match="the loss became nan"):
        trained(recipe=from_loss(lambda z, y: cross_entropy(z, y) * float("nan")))
    assert torch.get_num_threads() == before


def test_progress_measurements_and_cancelling():
    told, measured, stop = [], [], Event()
    with running(listener=lambda *p: told.append(p), watcher=lambda *m: measured.append(m)):
        done = trained()
    assert told == [("epochs", n, 4) for n in range(5)]
    assert [m[1:] for m in measured] == [(n + 1, value) for n, value in enumerate(done.trace)]

    def heard(label, n, total):
        if n == 2:
            stop.set()

    with pytest.raises(Cancelled), running(listener=heard, cancelled=stop):
        trained()


def test_no_second_copy_of_the_features_is_made():
    """Neither in NumPy's memory nor by torch: batches are what is read."""
    n, d = 100_000, 128
    x = RNG(0).normal(size=(n, d)).astype(np.float32)
    y = Classes(RNG(1).integers(0, 4, n))
    tracemalloc.start()
    done = trained(y, features=x, training=Training(epochs=1))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert done.table.whole.data_ptr() == x.ctypes.data, "torch reads the same memory"
    assert peak < 0.75 * x.nbytes, f"{peak / x.nbytes:.2f} times the features"


def test_sgd_for_linear_heads_and_adamw_for_the_rest():
    from reliabel.ops.torch import loop

    def chosen(nets, **options):
        return type(loop._optimiser(nets, Training(**options))).__name__

    from reliabel.ops.torch.nets import Head

    assert chosen([Head(3, 2)]) == "SGD"
    assert chosen([Head(3, 2, hidden=4)]) == "AdamW"
    assert chosen([nn.Linear(3, 2)]) == "AdamW"
    assert chosen([Head(3, 2)], optimiser="adamw") == "AdamW"
    assert chosen([nn.Linear(3, 2)], optimiser="sgd") == "SGD"


def test_the_rate_falls_as_half_a_cosine_or_stays():
    rates = []

    class Looks(torch.optim.SGD):
        def step(self, closure):
            rates.append(self.param_groups[0]["lr"])
            return super().step(closure)

    def around(optimiser):
        return Looks(optimiser.param_groups[0]["params"], lr=0.1)

    trained(around=around, training=Training(epochs=2, hold_out=0))
    n = len(rates)
    assert np.allclose(rates, 0.1 * 0.5 * (1 + np.cos(np.pi * np.arange(n) / n)))
    rates.clear()
    trained(around=around, training=Training(epochs=2, hold_out=0, schedule="constant"))
    assert set(rates) == {0.1}


def test_balance_gives_rare_classes_their_due():
    rng = RNG(0)
    truth = np.repeat([0, 1, 2], [600, 200, 25])
    centres = 1.6 * np.eye(3, 8)
    x, fresh = (
        centres[t] + rng.normal(size=(len(t), 8)) for t in (truth, np.repeat([0, 1, 2], 200))
    )
    recall = []
    for balance in (0.0, 1.0):
        training = Training(balance=balance, hold_out=0)
        done = trained(Classes(truth), features=x, training=training)
        p = done.model().predict(fresh).p
        assert np.abs(done.probs() - done.model().predict(x).p).max() < 1e-5
        recall.append((p[400:].argmax(1) == 2).mean())
    assert recall[1] > recall[0] + 0.1
    with pytest.raises(ValueError, match="balance needs one class an item"):
        trained(Soft(np.full((400, 4), 0.25)), training=Training(epochs=1, balance=1.0))


def test_networks_to_start_from_are_copied():
    first = trained()
    before = [p.clone() for p in first.nets[0].parameters()]
    second = trained(nets=first.nets, training=Training(epochs=1, lr=1e-9, hold_out=0))
    assert np.abs(second.probs() - first.probs()).max() < 1e-4
    trained(nets=first.nets)
    assert all(torch.equal(p, q) for p, q in zip(before, first.nets[0].parameters(), strict=True))


@pytest.mark.parametrize(
    ("labels", "form"),
    [
        (Soft(np.eye(4)[Y.y]), "Soft"),
        (MultiLabel(np.eye(4, dtype=int)[Y.y]), "SoftMultiLabel"),
        (Classes(np.zeros(400, int), ("one", "two", "three", "four")), "Soft"),
    ],
)
def test_kinds_of_labels(labels, form):
    def loss(z, y):
        if y.ndim == 2 and not y.is_floating_point():
            bce = nn.functional.binary_cross_entropy_with_logits
            return bce(z, y.float(), reduction="none").sum(1)
        return cross_entropy(z, y.float() if y.ndim == 2 else y)

    predicted = trained(labels, recipe=from_loss(loss)).model().predict(X)
    assert type(predicted).__name__ == form
    assert predicted.p.shape == (400, 4)


def test_votes_and_bags():
    """The recipe knows the votes; whole bags meet in batches."""

    class OfVotes(Recipe):
        def step(self, nets, batch):
            assert (batch.y == 0).all(), "the loop has no targets for votes"
            return nets[0](batch.x).square().mean()

        def agreement(self, probs, rows):
            return float(len(rows))

    votes = Votes(np.arange(200).repeat(2), np.zeros(400, int), Classes(np.arange(400) % 4), 400, 1)
    done = trained(votes, recipe=OfVotes, training=Training(epochs=1, hold_out=0.25))
    assert sorted(np.concatenate([done.rows, done.held])) == list(range(200)), "items with votes"
    assert done.trace.tolist() == [50.0]
    bags, met = np.arange(400) // 10, []

    class OfBags(LossRecipe):
        def step(self, nets, batch):
            met.append(np.bincount(bags[batch.index.numpy()], minlength=40))
            return super().step(nets, batch)

    trained(
        recipe=lambda: OfBags(cross_entropy),
        groups=bags,
        batches=whole_bags(bags),
        training=Training(epochs=2, hold_out=0.25),
    )
    assert set(np.concatenate(met)) == {0, 10}, "a bag is in a batch whole or not at all"


def test_a_share_of_each_batch_from_one_part():
    part, shares = np.arange(400) < 20, []

    class Looks(LossRecipe):
        def step(self, nets, batch):
            shares.append(part[batch.index.numpy()].mean())
            return super().step(nets, batch)

    trained(
        recipe=lambda: Looks(cross_entropy),
        batches=both(part, 0.25),
        training=Training(epochs=1, hold_out=0),
    )
    assert min(shares) >= 0.2
    assert max(shares) < 0.5


def test_the_user_s_augmentation_is_used_in_training_and_not_in_looking():
    seen = []

    def views(x, rng):
        seen.append(len(x))
        return x + 0.01 * torch.as_tensor(rng.normal(size=x.shape), dtype=x.dtype)

    done = trained(training=Training(epochs=1, views=views))
    steps = len(seen)
    assert sum(seen) >= 300
    done.probs()
    assert len(seen) == steps
    again = trained(training=Training(epochs=1, views=views))
    assert np.array_equal(again.probs(), done.probs()), "its chance is that of the run"


@pytest.mark.parametrize(
    ("module", "sentence"),
    [
        (lambda: nn.Linear(9, 4), "cannot take features of shape"),
        (lambda: nn.Linear(64, 3), "must give 4 logits an item"),
        (lambda: nn.Sequential(), "must give 4 logits an item"),
        (lambda: 3, "must return a torch.nn.Module"),
    ],
)
def test_a_module_that_does_not_fit_is_refused(module, sentence):
    with pytest.raises(ValueError, match=sentence):
        trained(training=Training(epochs=1, module=module))


def test_pictures_need_a_module():
    with pytest.raises(ValueError, match="takes one vector an item, got features of shape"):
        trained(features=np.zeros((400, 3, 4, 4), np.float32))


@pytest.mark.parametrize("device", ["gpu", "cuda:9", "", "meta7"])
def test_a_device_that_is_not_there_is_refused_in_a_sentence(device):
    with pytest.raises(ValueError, match="device"):
        trained(training=Training(device=device))


def test_a_checkpoint_of_another_training_is_refused(tmp_path):
    with pytest.raises(Killed), running(folder=tmp_path, seconds=0, listener=killed_after(1)):
        trained()
    with running(folder=tmp_path, seconds=0), pytest.raises(ValueError, match="another training"):
        trained(features=X[:, :5])
