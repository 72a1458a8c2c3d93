import torch

from gnn.ncf import Ncf


def network(num_layers=3):
    torch.manual_seed(0)
    return Ncf(5, 4, num_layers, 0.5).eval()


def test_it_is_a_product_and_a_perceptron_joined():
    ncf, person = network(2), torch.randn(8)
    item = ncf.items.weight[3]
    weight = torch.cat(
        [ncf.of_person.weight, ncf.of_item.weight], dim=1
    )  # of the two written one after another
    first = torch.relu(weight @ torch.cat([person[4:], item[4:]]) + ncf.of_person.bias)
    layer = ncf.perceptron[2]
    second = torch.relu(layer.weight @ first + layer.bias)
    expected = ncf.last.weight[0] @ torch.cat([person[:4] * item[:4], second]) + ncf.last.bias[0]
    torch.testing.assert_close(ncf(person, torch.tensor(3)), expected)


def test_layers_halve_and_never_vanish():
    widths = [layer.out_features for layer in network(5).perceptron if isinstance(layer, torch.nn.Linear)]
    assert widths == [2, 1, 1, 1]


def test_people_and_items_broadcast():
    ncf, people = network(), torch.randn(3, 8)
    table = ncf(people.unsqueeze(1), torch.arange(5))
    assert table.shape == (3, 5)
    pairs = ncf(people, torch.tensor([4, 0, 2]))
    torch.testing.assert_close(pairs, table[torch.arange(3), torch.tensor([4, 0, 2])])


def test_people_are_sums_of_what_they_like():
    ncf = network()
    sums, numbers = ncf.people(torch.tensor([0, 0, 2]), torch.tensor([1, 4, 1]), 3)
    torch.testing.assert_close(sums[0], ncf.liked.weight[1] + ncf.liked.weight[4])
    torch.testing.assert_close(sums[1], torch.zeros(8))
    torch.testing.assert_close(sums[2], ncf.liked.weight[1])
    assert numbers.flatten().tolist() == [2, 0, 1]
